// Markdown as models write it, to DOM nodes: nothing that a model says is ever parsed as HTML.

const Inline = /(`+)([^`]|[^`][\s\S]*?[^`])\1(?!`)|\*\*(?=\S)([\s\S]+?\S)\*\*|(?<![\w*])\*(?=[^\s*])([^*]*[^\s*])\*(?![\w*])|(?<!\w)_(?=[^\s_])([^_]*[^\s_])_(?!\w)|~~(?=\S)([\s\S]+?\S)~~|\[([^\]\n]+)\]\(([^()\s]+)\)|(https?:\/\/[^\s<>()]+[^\s<>().,;:!?'"])/g;
const Item = /^(\s*)([-*+]|\d{1,9}[.)])\s+(.*)$/;

/** The nodes of a text. */
export function render(text) {
  const root = document.createDocumentFragment();
  blocks(text.split("\n"), root);
  return root;
}

function element(name, parent, text) {
  const made = document.createElement(name);
  if (text !== undefined) inline(text, made);
  parent.append(made);
  return made;
}

function blocks(lines, parent) {
  for (let i = 0; i < lines.length;) {
    const line = lines[i];
    let match;
    if (!line.trim()) i++;
    else if ((match = /^\s{0,3}(`{3,}|~{3,})\s*([\w+#.-]*)/.exec(line))) i = fence(lines, i + 1, match[1], parent);
    else if ((match = /^(#{1,6})\s+(.*?)\s*#*$/.exec(line))) { element("h" + Math.min(6, match[1].length + 1), parent, match[2]); i++; }
    else if (/^\s{0,3}([-*_])(\s*\1){2,}\s*$/.test(line)) { element("hr", parent); i++; }
    else if (/^\s{0,3}>/.test(line)) i = quote(lines, i, parent);
    else if (Item.test(line)) i = list(lines, i, parent);
    else if (isTable(lines, i)) i = table(lines, i, parent);
    else i = paragraph(lines, i, parent);
  }
}

function fence(lines, i, mark, parent) {
  const code = [];
  const end = new RegExp(`^\\s{0,3}${mark[0]}{${mark.length},}\\s*$`);
  while (i < lines.length && !end.test(lines[i])) code.push(lines[i++]);
  const pre = element("pre", parent);
  const copy = document.createElement("button");
  copy.type = "button";
  copy.textContent = "Copy";
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(code.join("\n"));
    copy.textContent = "Copied";
  });
  const body = document.createElement("code");
  body.textContent = code.join("\n");
  pre.append(copy, body);
  return i + 1;
}

function quote(lines, i, parent) {
  const inner = [];
  while (i < lines.length && /^\s{0,3}>/.test(lines[i])) inner.push(lines[i++].replace(/^\s{0,3}>\s?/, ""));
  blocks(inner, element("blockquote", parent));
  return i;
}

function list(lines, i, parent) {
  const [, indent, mark] = Item.exec(lines[i]);
  const numbered = /\d/.test(mark);
  const made = element(numbered ? "ol" : "ul", parent);
  if (numbered) made.start = parseInt(mark, 10);
  while (i < lines.length) {
    const match = Item.exec(lines[i]);
    if (!match || match[1].length < indent.length || /\d/.test(match[2]) !== numbered) break;
    const inner = [match[3]];
    i++;
    // What is indented belongs to the item; a blank line does where more of the item follows.
    while (i < lines.length) {
      const next = lines[i];
      const deeper = /^\s*/.exec(next)[0].length > indent.length;
      if (next.trim() ? deeper : i + 1 < lines.length && /^\s{2,}\S/.test(lines[i + 1])) inner.push(next.replace(new RegExp(`^\\s{0,${indent.length + mark.length + 1}}`), "")), i++;
      else break;
    }
    const item = element("li", made);
    if (inner.length === 1) inline(inner[0], item);
    else blocks(inner, item);
    while (i < lines.length && !lines[i].trim() && i + 1 < lines.length && Item.test(lines[i + 1])) i++;
  }
  return i;
}

const cells = line => line.trim().replace(/^\||\|$/g, "").split("|").map(cell => cell.trim());
const isTable = (lines, i) => lines[i].includes("|") && i + 1 < lines.length && /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/.test(lines[i + 1]) && lines[i + 1].includes("-");

function table(lines, i, parent) {
  const made = element("table", parent);
  const row = (line, name) => cells(line).forEach(cell => element(name, made.lastChild, cell));
  element("tr", made);
  row(lines[i], "th");
  for (i += 2; i < lines.length && lines[i].includes("|"); i++) {
    element("tr", made);
    row(lines[i], "td");
  }
  return i;
}

function paragraph(lines, i, parent) {
  const text = [lines[i++]];
  while (i < lines.length && lines[i].trim() && !/^\s{0,3}(```|~~~|#{1,6}\s|>)/.test(lines[i]) && !Item.test(lines[i]) && !isTable(lines, i)) text.push(lines[i++]);
  element("p", parent, text.join("\n"));
  return i;
}

function inline(text, parent) {
  let from = 0;
  for (const match of text.matchAll(Inline)) {
    plain(text.slice(from, match.index), parent);
    from = match.index + match[0].length;
    const [, , code, strong, star, underscore, struck, label, target, address] = match;
    if (code !== undefined) element("code", parent).textContent = code;
    else if (strong !== undefined) element("strong", parent, strong);
    else if (star ?? underscore) element("em", parent, star ?? underscore);
    else if (struck !== undefined) element("del", parent, struck);
    else link(label ?? address, target ?? address, parent);
  }
  plain(text.slice(from), parent);
}

function plain(text, parent) {
  text.split(/\n/).forEach((line, index) => {
    if (index) element("br", parent);
    if (line) parent.append(line);
  });
}

function link(label, target, parent) {
  if (!/^(https?:|mailto:)/i.test(target)) {
    parent.append(label === target ? target : `[${label}](${target})`);
    return;
  }
  const made = document.createElement("a");
  made.href = target;
  made.rel = "noopener noreferrer";
  made.target = "_blank";
  made.textContent = label;
  parent.append(made);
}
