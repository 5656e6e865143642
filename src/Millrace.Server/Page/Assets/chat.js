// The conversation: asks, shows answers as they come, and under each what it took.
import { render } from "./markdown.js";
import { receiptTable } from "./receipt.js";

export class Chat {
  #at; #settings; #kept;
  #messages = []; // {role, content}, as they are sent
  #answering = null; // the AbortController of the answer that comes

  constructor(at, settings, kept) {
    this.#at = at;
    this.#settings = settings;
    this.#kept = kept;
    at("ask").addEventListener("submit", event => {
      event.preventDefault();
      this.#send();
    });
    at("text").addEventListener("keydown", event => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        this.#send();
      }
    });
    at("text").addEventListener("input", () => this.#fit());
    at("stop").addEventListener("click", () => this.stop());
    at("fresh").addEventListener("click", () => this.fresh());
    for (const message of kept.read("messages") ?? []) this.#show(message);
    this.#update();
  }

  /** Stops the answer that comes; says whether there was one. */
  stop() {
    const answering = this.#answering;
    answering?.abort();
    return answering !== null;
  }

  /** Begins a new conversation. */
  fresh() {
    this.stop();
    this.#messages = [];
    this.#at("messages").replaceChildren();
    this.#keep();
    this.#update();
    this.#at("text").focus();
  }

  /** Shows what is wrong. */
  say(text) {
    const item = document.createElement("li");
    item.className = "error";
    item.setAttribute("role", "alert");
    item.textContent = text;
    this.#at("messages").append(item);
    this.#update();
  }

  #send() {
    const text = this.#at("text").value.trim();
    if (!text || this.#answering) return;
    this.#at("text").value = "";
    this.#fit();
    this.#show({ role: "user", content: text });
    this.#answer();
  }

  #regenerate() {
    if (this.#answering || this.#messages.at(-1)?.role !== "assistant") return;
    this.#messages.pop();
    const items = this.#at("messages").querySelectorAll("li.assistant");
    items[items.length - 1].remove();
    this.#answer();
  }

  async #answer() {
    for (const old of this.#at("messages").querySelectorAll(".error")) old.remove();
    const item = this.#item("assistant");
    const body = item.firstChild;
    item.classList.add("waiting");
    const answer = { text: "", began: performance.now(), first: 0, last: 0, chunk: {}, finish: null };
    let painted = false;
    const paint = () => {
      painted = false;
      const low = this.#isLow();
      body.replaceChildren(render(answer.text));
      if (low) this.#scroll();
    };
    this.#answering = new AbortController();
    this.#update();
    try {
      for await (const chunk of this.#chunks(this.#answering.signal)) {
        const choice = chunk.choices?.[0];
        if (choice?.delta?.content) {
          answer.text += choice.delta.content;
          answer.last = performance.now();
          answer.first ||= answer.last;
          if (!painted) painted = !!requestAnimationFrame(paint);
        }
        answer.finish = choice?.finish_reason ?? answer.finish;
        if (chunk.usage) answer.chunk.usage = chunk.usage;
        if (chunk.millrace) answer.chunk.millrace = chunk.millrace;
      }
    } catch (error) {
      if (error.name === "AbortError") answer.finish = "stopped";
      else this.say(error.message);
    }
    this.#answering = null;
    item.classList.remove("waiting");
    paint();
    if (answer.text || answer.finish) {
      this.#messages.push({ role: "assistant", content: answer.text });
      this.#foot(item, answer);
    } else item.remove();
    this.#keep();
    this.#update();
    this.#scroll();
    this.#at("text").focus();
  }

  async *#chunks(signal) {
    const { system, ...parameters } = this.#settings();
    const messages = system ? [{ role: "system", content: system }, ...this.#messages] : this.#messages;
    const answer = await fetch("v1/chat/completions", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ ...parameters, messages, stream: true, stream_options: { include_usage: true }, receipt: true }),
      signal,
    });
    if (!answer.ok) throw new Error((await answer.json().catch(() => null))?.error?.message ?? `${answer.status} ${answer.statusText}`);
    let rest = "";
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let { value, done } = await reader.read(); !done; { value, done } = await reader.read()) {
      const events = (rest + value).split("\n\n");
      rest = events.pop();
      for (const event of events) {
        if (!event.startsWith("data: ") || event === "data: [DONE]") continue;
        const chunk = JSON.parse(event.slice(6));
        if (chunk.error) throw new Error(chunk.error.message);
        yield chunk;
      }
    }
  }

  #show(message) {
    this.#messages.push(message);
    const item = this.#item(message.role);
    if (message.role === "user") item.textContent = message.content;
    else {
      item.firstChild.append(render(message.content));
      this.#foot(item, null);
    }
    this.#keep();
    this.#update();
    this.#scroll();
  }

  #item(role) {
    const item = document.createElement("li");
    item.className = role;
    const body = document.createElement("div");
    body.className = "body";
    item.append(body);
    this.#at("messages").append(item);
    return item;
  }

  /** Under the answer: tokens a second, time to the first token, the receipt, and what can be done with it. */
  #foot(item, answer) {
    const foot = document.createElement("div");
    foot.className = "foot";
    const add = text => foot.append(Object.assign(document.createElement("span"), { textContent: text }));
    if (answer) {
      const { usage, millrace } = answer.chunk;
      if (answer.finish === "length") add("cut at the token limit");
      if (answer.finish === "stopped") add("stopped");
      if (usage?.completion_tokens > 1 && answer.last > answer.first) add(`${number((usage.completion_tokens - 1) / (answer.last - answer.first) * 1000)} tokens/s`);
      if (answer.first) add(`first token ${number(answer.first - answer.began)} ms`);
      if (usage) add(`${usage.prompt_tokens} + ${usage.completion_tokens} tokens${usage.prompt_tokens_details?.cached_tokens ? `, ${usage.prompt_tokens_details.cached_tokens} cached` : ""}`);
      if (millrace?.receipt) {
        const details = document.createElement("details");
        details.append(Object.assign(document.createElement("summary"), { textContent: "Receipt" }), receiptTable(millrace.receipt));
        foot.append(details);
      }
    }
    const button = (text, act) => foot.append(Object.assign(document.createElement("button"), { type: "button", textContent: text, onclick: act }));
    button("Copy", () => navigator.clipboard.writeText(item.firstChild.innerText));
    button("Regenerate", () => this.#regenerate());
    item.append(foot);
  }

  #keep() { this.#kept.write("messages", this.#messages); }

  #update() {
    const answering = this.#answering !== null;
    this.#at("send").hidden = answering;
    this.#at("stop").hidden = !answering;
    this.#at("empty").hidden = this.#at("messages").childElementCount > 0;
    const again = [...this.#at("messages").querySelectorAll(".foot")];
    again.forEach((foot, index) => { foot.lastChild.hidden = answering || index < again.length - 1; });
  }

  #fit() {
    const text = this.#at("text");
    text.style.height = "auto";
    text.style.height = `${text.scrollHeight + 2}px`;
  }

  #isLow() {
    const talk = this.#at("messages").parentElement;
    return talk.scrollHeight - talk.scrollTop - talk.clientHeight < 80;
  }

  #scroll() {
    const talk = this.#at("messages").parentElement;
    talk.scrollTop = talk.scrollHeight;
  }
}

const number = value => value.toLocaleString("en", { maximumFractionDigits: value < 10 ? 2 : value < 100 ? 1 : 0 });
