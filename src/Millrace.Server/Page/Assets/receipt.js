// A receipt as a table: each field by its name, with the unit that the name ends in.

const Units = [
  ["_byte_seconds", value => `${si(value)}B·s`, " held"],
  ["_microseconds", value => `${short(value / 1000)} ms`],
  ["_microjoules", value => `${short(value / 1e6)} J`],
  ["_micros", (value, receipt) => `${short(value / 1e6)} ${receipt.currency ?? ""}`],
  ["_bytes_read", value => `${si(value)}B`, " read"],
  ["_bytes_written", value => `${si(value)}B`, " written"],
  ["_bytes", value => `${si(value)}B`],
  ["flops", value => `${si(value)}FLOP`],
];

/** The table of a receipt. */
export function receiptTable(receipt) {
  const table = document.createElement("table");
  table.className = "receipt";
  for (const [name, value] of rows(receipt)) {
    const row = table.insertRow();
    row.append(Object.assign(document.createElement("th"), { scope: "row", textContent: name }));
    row.insertCell().textContent = value;
  }
  return table;
}

function* rows(receipt, prefix = "") {
  for (const [name, value] of Object.entries(receipt)) {
    if (value === null || name === "currency") continue;
    if (typeof value === "object") yield* rows({ ...value, currency: receipt.currency }, prefix + words(name) + ": ");
    else {
      const unit = typeof value === "number" && Units.find(([end]) => name.endsWith(end));
      yield unit ? [prefix + (words(name.slice(0, -unit[0].length)) + (unit[2] ?? "") || "arithmetic"), unit[1](value, receipt)] : [prefix + words(name), String(value)];
    }
  }
}

const words = name => name.replaceAll("_", " ");
const short = value => value.toLocaleString("en", { maximumSignificantDigits: 4 });

function si(value) {
  const steps = ["", "k", "M", "G", "T", "P"];
  const step = Math.min(steps.length - 1, value < 1 ? 0 : Math.floor(Math.log10(value) / 3));
  return `${short(value / 1000 ** step)} ${steps[step]}`;
}
