// The npm package openai against a server: what a user of it sees.
import { createRequire } from "node:module";

const [, , modules, address] = process.argv;
const OpenAI = createRequire(modules + "/")("openai");
const client = new OpenAI({ baseURL: address + "v1", apiKey: "none", maxRetries: 0 });
const ask = { model: "story", messages: [{ role: "user", content: "Once upon" }], temperature: 0, max_tokens: 9 };

async function fails(call) {
  try {
    await call();
    return null;
  } catch (error) {
    return { name: error.constructor.name, status: error.status, code: error.code, param: error.param, id: error.requestID ?? null };
  }
}

const models = [];
for await (const model of client.models.list()) models.push(model.id);
const hub = await client.models.retrieve("millrace/story:f16");
const chat = await client.chat.completions.create(ask);

let streamed = "";
let usage = null;
let finish = null;
for await (const chunk of await client.chat.completions.create({ ...ask, stream: true, stream_options: { include_usage: true } })) {
  streamed += chunk.choices[0]?.delta.content ?? "";
  finish = chunk.choices[0]?.finish_reason ?? finish;
  usage = chunk.usage ?? usage;
}

const helper = client.chat.completions.stream({ ...ask, n: 2, seed: 7, temperature: 1, logprobs: true, top_logprobs: 2 });
const collected = await helper.finalChatCompletion();
const scored = await client.chat.completions.create({ ...ask, logprobs: true, top_logprobs: 3 });
const text = await client.completions.create({ model: "story", prompt: ["Once upon", "Every morning"], max_tokens: 4, temperature: 0, logprobs: 1, echo: true });

const vectors = await client.embeddings.create({ model: "story", input: ["Once upon", "Every morning"] }); // asks for base64 itself

let received = 0;
for await (const _ of await client.chat.completions.create({ ...ask, max_tokens: 400, ignore_eos: true, stream: true })) {
  if (++received === 3) break; // hangs up
}

console.log(JSON.stringify({
  models,
  hub: hub.id,
  chat: chat.choices[0].message.content,
  requestId: chat._request_id,
  id: chat.id,
  streamed,
  finish,
  usage,
  collected: collected.choices.map((choice) => ({ content: choice.message.content, tokens: choice.logprobs.content.map((item) => item.token).join("") })),
  scored: scored.choices[0].logprobs.content.map((item) => ({ token: item.token, logprob: item.logprob, top: item.top_logprobs.length })),
  text: text.choices.map((choice) => choice.text),
  vectors: vectors.data.map((item) => item.embedding.reduce((sum, x) => sum + x * x, 0)),
  width: vectors.data[0].embedding.length,
  received,
  unknown: await fails(() => client.chat.completions.create({ ...ask, model: "none" })),
  hot: await fails(() => client.chat.completions.create({ ...ask, temperature: 3 })),
  long: await fails(() => client.chat.completions.create({ ...ask, max_tokens: 4000 })),
  tools: await fails(() => client.chat.completions.create({ ...ask, tools: [{ type: "function", function: { name: "f", parameters: {} } }] })),
}));
