// The npm package openai with a key that has one place: a stream is in it until another request has been refused.
import { createRequire } from "node:module";

const [, , modules, address, key] = process.argv;
const OpenAI = createRequire(modules + "/")("openai");
const statuses = [];
let holding = null;
const client = new OpenAI({
  baseURL: address + "v1",
  apiKey: key,
  maxRetries: 8,
  fetch: async (...call) => {
    const response = await fetch(...call);
    statuses.push(response.status);
    if (response.status === 429) holding.controller.abort();
    return response;
  },
});
const ask = { model: "story", messages: [{ role: "user", content: "Once upon" }], temperature: 0 };
holding = await client.chat.completions.create({ ...ask, n: 128, max_tokens: 400, ignore_eos: true, stream: true });
const chat = await client.chat.completions.create({ ...ask, max_tokens: 9 });
console.log(JSON.stringify({ answer: chat.choices[0].message.content, statuses }));
