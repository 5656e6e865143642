// The npm packages @ai-sdk/openai-compatible and ai against a server.
import { createRequire } from "node:module";

const [, , modules, address] = process.argv;
const require = createRequire(modules + "/");
const { createOpenAICompatible } = require("@ai-sdk/openai-compatible");
const { embed, generateText, streamText } = require("ai");
const provider = createOpenAICompatible({ name: "millrace", baseURL: address + "v1", apiKey: "none", includeUsage: true });
const ask = { model: provider("story"), prompt: "Once upon", temperature: 0, maxOutputTokens: 9, maxRetries: 0 };

async function fails(call) {
  try {
    await call();
    return null;
  } catch (error) {
    return { status: error.statusCode, message: error.message, retryable: error.isRetryable };
  }
}

const whole = await generateText(ask);
const stream = streamText(ask);
let streamed = "";
for await (const part of stream.textStream) streamed += part;
const completion = await generateText({ ...ask, model: provider.completionModel("story"), prompt: "Once upon" }).catch((error) => ({ text: String(error) }));
const stopping = new AbortController();
let received = 0;
try {
  for await (const _ of streamText({ ...ask, maxOutputTokens: 400, abortSignal: stopping.signal }).textStream) {
    if (++received === 2) stopping.abort();
  }
} catch {
  // hung up
}

const { embedding, usage: embedded } = await embed({ model: provider.textEmbeddingModel("story"), value: "Once upon" });

console.log(JSON.stringify({
  embedding: embedding.length,
  embedded: embedded.tokens,
  whole: whole.text,
  finish: whole.finishReason,
  usage: { input: whole.usage.inputTokens, output: whole.usage.outputTokens },
  streamed,
  streamedUsage: { input: (await stream.usage).inputTokens, output: (await stream.usage).outputTokens },
  completion: completion.text,
  received,
  unknown: await fails(() => generateText({ ...ask, model: provider("none") })),
  hot: await fails(() => generateText({ ...ask, temperature: 3 })),
}));
