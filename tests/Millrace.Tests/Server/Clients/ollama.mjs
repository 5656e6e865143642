// The npm package ollama against a server: what a user of it sees.
import { createRequire } from "node:module";

const [, , modules, address] = process.argv;
const { Ollama } = createRequire(modules + "/")("ollama");
const client = new Ollama({ host: address.slice(0, -1) });
const options = { temperature: 0, repeat_penalty: 1, num_predict: 7 };
const messages = [{ role: "user", content: "Once upon" }];

async function fails(call) {
  try {
    await call();
    return null;
  } catch (error) {
    return { name: error.name, status: error.status_code ?? null, message: error.message };
  }
}

const chat = await client.chat({ model: "story", messages, options });
let streamed = "";
let last = null;
for await (const part of await client.chat({ model: "story:latest", messages, options, stream: true })) {
  streamed += part.message.content;
  last = part;
}

let generated = "";
let pieces = 0;
for await (const part of await client.generate({ model: "story", prompt: "Once upon", options, stream: true })) {
  generated += part.response;
  pieces++;
}

const loaded = await client.generate({ model: "story", prompt: "", keep_alive: "10m" });
const running = await client.ps();

// Reading stops after three pieces: the answer ends there.
let read = 0;
const long = await client.generate({ model: "story", prompt: "Once upon", options: { num_predict: -1 }, stream: true });
const aborted = await fails(async () => {
  for await (const _ of long) {
    if (++read === 3) long.abort();
  }
});

const result = {
  chat: chat.message.content,
  reason: chat.done_reason,
  counts: [chat.prompt_eval_count, chat.eval_count],
  streamed,
  lastCounts: [last.prompt_eval_count, last.eval_count],
  generated,
  pieces,
  loaded: loaded.done_reason,
  running: running.models.map((model) => model.name),
  tags: (await client.list()).models.map((model) => model.name),
  family: (await client.show({ model: "story" })).details.family,
  version: (await client.version()).version,
  embedded: (await client.embed({ model: "story", input: ["Once upon", "a"] })).embeddings.map((vector) => vector.length),
  aborted,
  read,
  unknown: await fails(() => client.chat({ model: "none", messages })),
  unknownStream: await fails(() => client.chat({ model: "none", messages, stream: true })),
  hot: await fails(() => client.generate({ model: "story", prompt: "a", options: { temperature: -1 } })),
  format: await fails(() => client.chat({ model: "story", messages, format: "json" })),
  create: await fails(() => client.create({ model: "mine", from: "story" })),
};
console.log(JSON.stringify(result));
