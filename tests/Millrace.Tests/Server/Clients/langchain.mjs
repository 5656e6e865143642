// The npm package @langchain/openai against a server.
import { createRequire } from "node:module";

const [, , modules, address] = process.argv;
const require = createRequire(modules + "/");
const { ChatOpenAI, OpenAIEmbeddings } = require("@langchain/openai");
const { HumanMessage, SystemMessage } = require("@langchain/core/messages");
const settings = { model: "story", apiKey: "none", temperature: 0, maxTokens: 9, maxRetries: 0, configuration: { baseURL: address + "v1" } };
const model = new ChatOpenAI(settings);

async function fails(call) {
  try {
    await call();
    return null;
  } catch (error) {
    return { status: error.status, code: error.code };
  }
}

const whole = await model.invoke([new SystemMessage("Tell."), new HumanMessage("Once upon")]);
let streamed = "";
let usage = null;
for await (const chunk of await model.stream("Once upon")) {
  streamed += chunk.content;
  usage = chunk.usage_metadata ?? usage;
}

const batch = await model.batch(["Once upon", "Every morning"]);
const scored = await new ChatOpenAI({ ...settings, logprobs: true, topLogprobs: 2 }).invoke("Once upon");

const embeddings = new OpenAIEmbeddings({ model: "story", apiKey: "none", configuration: { baseURL: address + "v1" } });
const vectors = await embeddings.embedDocuments(["Once upon", "Every morning"]);

console.log(JSON.stringify({
  vectors: vectors.map((vector) => vector.length),
  whole: whole.content,
  usage: whole.usage_metadata,
  finish: whole.response_metadata.finish_reason,
  streamed,
  streamedUsage: usage,
  batch: batch.map((message) => message.content),
  scored: scored.response_metadata.logprobs.content.length,
  unknown: await fails(() => new ChatOpenAI({ ...settings, model: "none" }).invoke("x")),
  long: await fails(() => new ChatOpenAI({ ...settings, maxTokens: 4000 }).invoke("x")),
}));
