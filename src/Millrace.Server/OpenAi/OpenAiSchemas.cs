using System.Text.Json.Nodes;
using Millrace.Server.Hosting;

namespace Millrace.Server.OpenAi;

/// <summary>The schemas of OpenAI's API as this server has it. What is sent has no other properties than these; what comes may have, and those are ignored.</summary>
static class OpenAiSchemas
{
    /// <summary>All of them.</summary>
    public static ApiSchemas All { get; } = new(Build());

    static JsonObject Build()
    {
        JsonObject schemas = JsonNode.Parse(Answers)!.AsObject();
        schemas["ChatCompletionRequest"] = Request(ChatFields, ["model", "messages"], [
            .. Parameters.Generation, Parameters.MaxTokens, Parameters.MaxCompletionTokens, Parameters.LogProbs, Parameters.TopLogProbs, .. Parameters.Sampling]);
        schemas["CompletionRequest"] = Request(TextFields, ["model", "prompt"], [
            .. Parameters.Generation, Parameters.CompletionMaxTokens, Parameters.CompletionLogProbs, Parameters.Echo, Parameters.BestOf, Parameters.ParseSpecial, .. Parameters.Sampling]);
        schemas["EmbeddingRequest"] = Request(EmbeddingFields, ["model", "input"], [
            Parameters.Model, Parameters.EncodingFormat, Parameters.Dimensions, Parameters.User, Parameters.CacheSalt, Parameters.ReceiptWanted]);
        return schemas;
    }

    static JsonObject Request(string fields, string[] required, IEnumerable<Parameter> parameters)
    {
        JsonObject properties = JsonNode.Parse(fields)!.AsObject();
        foreach (Parameter parameter in parameters)
        {
            properties[parameter.Name] = Schema(parameter, required.Contains(parameter.Name));
        }

        return new() { ["type"] = "object", ["required"] = new JsonArray([.. required.Select(name => (JsonNode)name)]), ["properties"] = properties };
    }

    static JsonObject Schema(Parameter parameter, bool required)
    {
        JsonObject schema = new()
        {
            ["type"] = required ? parameter.Type : new JsonArray(parameter.Type, "null"),
            ["description"] = parameter.Description,
        };
        if (parameter.Type == "string")
        {
            Set("maxLength", parameter.Max);
        }
        else
        {
            Set("minimum", parameter.Min);
            Set("maximum", parameter.Max);
        }

        if (parameter.Default is { } otherwise)
        {
            Set("default", otherwise);
        }

        if (parameter.Values.Count > 0)
        {
            schema["enum"] = new JsonArray([.. parameter.Values.Select(value => (JsonNode?)value), .. required ? [] : new JsonNode?[] { null }]);
        }

        return schema;

        void Set(string name, double value)
        {
            if (double.IsFinite(value))
            {
                schema[name] = value == Math.Truncate(value) ? (long)value : value;
            }
        }
    }

    const string TextFields = """
        {
          "prompt": {
            "description": "What is completed: a text, several, the tokens of one, or those of several.",
            "oneOf": [
              { "type": "string", "minLength": 1 },
              { "type": "array", "minItems": 1, "maxItems": 128, "items": { "type": "string", "minLength": 1 } },
              { "type": "array", "minItems": 1, "items": { "type": "integer", "minimum": 0 } },
              { "type": "array", "minItems": 1, "maxItems": 128, "items": { "type": "array", "minItems": 1, "items": { "type": "integer", "minimum": 0 } } }
            ]
          },
          "stop": { "$ref": "#/components/schemas/Stop" },
          "logit_bias": { "$ref": "#/components/schemas/LogitBias" },
          "stream_options": { "$ref": "#/components/schemas/StreamOptions" },
          "metadata": { "$ref": "#/components/schemas/Metadata" }
        }
        """;

    const string EmbeddingFields = """
        {
          "input": {
            "description": "What is turned into vectors: a text, several, the tokens of one, or those of several.",
            "oneOf": [
              { "type": "string", "minLength": 1 },
              { "type": "array", "minItems": 1, "maxItems": 2048, "items": { "type": "string", "minLength": 1 } },
              { "type": "array", "minItems": 1, "items": { "type": "integer", "minimum": 0 } },
              { "type": "array", "minItems": 1, "maxItems": 2048, "items": { "type": "array", "minItems": 1, "items": { "type": "integer", "minimum": 0 } } }
            ]
          }
        }
        """;

    const string ChatFields = """
        {
          "messages": { "type": "array", "minItems": 1, "maxItems": 16384, "items": { "$ref": "#/components/schemas/Message" } },
          "stop": { "$ref": "#/components/schemas/Stop" },
          "logit_bias": { "$ref": "#/components/schemas/LogitBias" },
          "stream_options": { "$ref": "#/components/schemas/StreamOptions" },
          "metadata": { "$ref": "#/components/schemas/Metadata" }
        }
        """;

    const string Answers = """
        {
          "Error": {
            "type": "object", "required": ["error"], "additionalProperties": false,
            "properties": {
              "error": {
                "type": "object", "required": ["message", "type", "param", "code"], "additionalProperties": false,
                "properties": {
                  "message": { "type": "string" },
                  "type": { "type": "string" },
                  "param": { "type": ["string", "null"], "description": "The parameter at fault." },
                  "code": { "type": ["string", "null"] }
                }
              }
            }
          },
          "Message": {
            "type": "object", "required": ["role"],
            "properties": {
              "role": { "type": "string", "enum": ["developer", "system", "user", "assistant", "tool"] },
              "content": {
                "oneOf": [
                  { "type": ["string", "null"] },
                  {
                    "type": "array", "minItems": 1, "maxItems": 4096,
                    "items": { "type": "object", "required": ["type"], "properties": { "type": { "type": "string", "enum": ["text", "refusal"] }, "text": { "type": "string" }, "refusal": { "type": "string" } } }
                  }
                ]
              },
              "name": { "type": ["string", "null"], "maxLength": 256 },
              "refusal": { "type": ["string", "null"] },
              "tool_call_id": { "type": ["string", "null"], "maxLength": 256 },
              "tool_calls": {
                "type": ["array", "null"],
                "items": {
                  "type": "object", "required": ["id", "function"],
                  "properties": {
                    "id": { "type": "string" },
                    "type": { "type": "string", "const": "function" },
                    "function": { "type": "object", "required": ["name"], "properties": { "name": { "type": "string", "maxLength": 256 }, "arguments": { "type": "string", "description": "The text of a JSON object." } } }
                  }
                }
              }
            }
          },
          "Stop": {
            "description": "Strings that end the answer and are no part of it.",
            "oneOf": [
              { "type": "null" },
              { "type": "string", "minLength": 1, "maxLength": 4096 },
              { "type": "array", "minItems": 1, "maxItems": 4, "items": { "type": "string", "minLength": 1, "maxLength": 4096 } }
            ]
          },
          "LogitBias": {
            "description": "Added to the logits of tokens, by their ids; -100 bans a token.",
            "type": ["object", "null"], "maxProperties": 1024, "additionalProperties": { "type": "number", "minimum": -100, "maximum": 100 }
          },
          "StreamOptions": {
            "type": ["object", "null"],
            "properties": { "include_usage": { "type": ["boolean", "null"], "description": "Whether a last chunk says what was used." } }
          },
          "Metadata": { "description": "Not kept.", "type": ["object", "null"], "maxProperties": 16, "additionalProperties": { "type": ["string", "null"], "maxLength": 512 } },
          "Usage": {
            "type": "object", "required": ["prompt_tokens", "completion_tokens", "total_tokens", "prompt_tokens_details", "completion_tokens_details"], "additionalProperties": false,
            "properties": {
              "prompt_tokens": { "type": "integer" },
              "completion_tokens": { "type": "integer" },
              "total_tokens": { "type": "integer" },
              "prompt_tokens_details": {
                "type": "object", "required": ["cached_tokens", "audio_tokens"], "additionalProperties": false,
                "properties": { "cached_tokens": { "type": "integer", "description": "Tokens of the prompt that were found computed." }, "audio_tokens": { "type": "integer", "const": 0 } }
              },
              "completion_tokens_details": {
                "type": "object", "required": ["reasoning_tokens", "audio_tokens", "accepted_prediction_tokens", "rejected_prediction_tokens"], "additionalProperties": false,
                "properties": {
                  "reasoning_tokens": { "type": "integer", "const": 0 }, "audio_tokens": { "type": "integer", "const": 0 },
                  "accepted_prediction_tokens": { "type": "integer", "const": 0 }, "rejected_prediction_tokens": { "type": "integer", "const": 0 }
                }
              }
            }
          },
          "Timings": {
            "description": "As llama-server has them.",
            "type": "object", "required": ["cache_n", "prompt_n", "prompt_ms", "prompt_per_second", "predicted_n", "predicted_ms", "predicted_per_second"], "additionalProperties": false,
            "properties": {
              "cache_n": { "type": "integer" }, "prompt_n": { "type": "integer" }, "prompt_ms": { "type": "number" }, "prompt_per_second": { "type": "number" },
              "predicted_n": { "type": "integer" }, "predicted_ms": { "type": "number" }, "predicted_per_second": { "type": "number" }
            }
          },
          "Millrace": { "description": "The bill, where the request has receipt or the header X-Millrace-Receipt is true.", "type": "object", "required": ["receipt"], "additionalProperties": false, "properties": { "receipt": { "type": "object" } } },
          "Token": {
            "type": "object", "required": ["token", "logprob", "bytes"],
            "properties": { "token": { "type": "string" }, "logprob": { "type": "number", "minimum": -9999, "maximum": 0 }, "bytes": { "type": ["array", "null"], "items": { "type": "integer", "minimum": 0, "maximum": 255 } } }
          },
          "LogProbs": {
            "type": ["object", "null"], "required": ["content", "refusal"], "additionalProperties": false,
            "properties": {
              "content": {
                "type": "array",
                "items": { "allOf": [{ "$ref": "#/components/schemas/Token" }, { "type": "object", "required": ["top_logprobs"], "properties": { "top_logprobs": { "type": "array", "maxItems": 20, "items": { "$ref": "#/components/schemas/Token" } } } }] }
              },
              "refusal": { "type": "null" }
            }
          },
          "ChatCompletion": {
            "type": "object", "required": ["id", "object", "created", "model", "system_fingerprint", "choices", "usage", "timings"], "additionalProperties": false,
            "properties": {
              "id": { "type": "string" }, "object": { "type": "string", "const": "chat.completion" }, "created": { "type": "integer" }, "model": { "type": "string" },
              "service_tier": { "type": "string", "enum": ["priority", "default", "flex"] }, "system_fingerprint": { "type": "string" },
              "choices": {
                "type": "array", "minItems": 1,
                "items": {
                  "type": "object", "required": ["index", "message", "logprobs", "finish_reason"], "additionalProperties": false,
                  "properties": {
                    "index": { "type": "integer" },
                    "message": {
                      "type": "object", "required": ["role", "content", "refusal"], "additionalProperties": false,
                      "properties": { "role": { "type": "string", "const": "assistant" }, "content": { "type": "string" }, "refusal": { "type": "null" } }
                    },
                    "logprobs": { "$ref": "#/components/schemas/LogProbs" },
                    "finish_reason": { "type": "string", "enum": ["stop", "length"] }
                  }
                }
              },
              "usage": { "$ref": "#/components/schemas/Usage" }, "timings": { "$ref": "#/components/schemas/Timings" }, "millrace": { "$ref": "#/components/schemas/Millrace" }
            }
          },
          "ChatCompletionChunk": {
            "description": "One event. After the last comes the event [DONE]; where something failed, an Error and no [DONE].",
            "type": "object", "required": ["id", "object", "created", "model", "system_fingerprint", "choices"], "additionalProperties": false,
            "properties": {
              "id": { "type": "string" }, "object": { "type": "string", "const": "chat.completion.chunk" }, "created": { "type": "integer" }, "model": { "type": "string" },
              "service_tier": { "type": "string", "enum": ["priority", "default", "flex"] }, "system_fingerprint": { "type": "string" },
              "choices": {
                "type": "array", "maxItems": 1,
                "items": {
                  "type": "object", "required": ["index", "delta", "logprobs", "finish_reason"], "additionalProperties": false,
                  "properties": {
                    "index": { "type": "integer" },
                    "delta": { "type": "object", "additionalProperties": false, "properties": { "role": { "type": "string", "const": "assistant" }, "content": { "type": "string" }, "refusal": { "type": "null" } } },
                    "logprobs": { "$ref": "#/components/schemas/LogProbs" },
                    "finish_reason": { "type": ["string", "null"], "enum": ["stop", "length", null] }
                  }
                }
              },
              "usage": { "oneOf": [{ "type": "null" }, { "$ref": "#/components/schemas/Usage" }] },
              "timings": { "$ref": "#/components/schemas/Timings" }, "millrace": { "$ref": "#/components/schemas/Millrace" }
            }
          },
          "Completion": {
            "description": "The answer, or one event of it.",
            "type": "object", "required": ["id", "object", "created", "model", "system_fingerprint", "choices"], "additionalProperties": false,
            "properties": {
              "id": { "type": "string" }, "object": { "type": "string", "const": "text_completion" }, "created": { "type": "integer" }, "model": { "type": "string" },
              "service_tier": { "type": "string", "enum": ["priority", "default", "flex"] }, "system_fingerprint": { "type": "string" },
              "choices": {
                "type": "array",
                "items": {
                  "type": "object", "required": ["index", "text", "logprobs", "finish_reason"], "additionalProperties": false,
                  "properties": {
                    "index": { "type": "integer" }, "text": { "type": "string" },
                    "logprobs": {
                      "type": ["object", "null"], "required": ["tokens", "token_logprobs", "top_logprobs", "text_offset"], "additionalProperties": false,
                      "properties": {
                        "tokens": { "type": "array", "items": { "type": "string" } },
                        "token_logprobs": { "type": "array", "items": { "type": ["number", "null"] } },
                        "top_logprobs": { "type": "array", "items": { "type": ["object", "null"], "additionalProperties": { "type": "number" } } },
                        "text_offset": { "type": "array", "items": { "type": "integer" } }
                      }
                    },
                    "finish_reason": { "type": ["string", "null"], "enum": ["stop", "length", null] }
                  }
                }
              },
              "usage": { "oneOf": [{ "type": "null" }, { "$ref": "#/components/schemas/Usage" }] },
              "timings": { "$ref": "#/components/schemas/Timings" }, "millrace": { "$ref": "#/components/schemas/Millrace" }
            }
          },
          "EmbeddingList": {
            "type": "object", "required": ["object", "data", "model", "usage"], "additionalProperties": false,
            "properties": {
              "object": { "type": "string", "const": "list" },
              "data": {
                "type": "array", "minItems": 1,
                "items": {
                  "type": "object", "required": ["object", "index", "embedding"], "additionalProperties": false,
                  "properties": {
                    "object": { "type": "string", "const": "embedding" }, "index": { "type": "integer" },
                    "embedding": {
                      "description": "A vector of length 1: numbers, or base64 of 32-bit floats, the low byte first.",
                      "oneOf": [{ "type": "array", "items": { "type": "number" } }, { "type": "string" }]
                    }
                  }
                }
              },
              "model": { "type": "string" },
              "usage": { "type": "object", "required": ["prompt_tokens", "total_tokens"], "additionalProperties": false, "properties": { "prompt_tokens": { "type": "integer" }, "total_tokens": { "type": "integer" } } },
              "millrace": { "$ref": "#/components/schemas/Millrace" }
            }
          },
          "Model": {
            "type": "object", "required": ["id", "object", "created", "owned_by", "status"], "additionalProperties": false,
            "properties": {
              "id": { "type": "string" }, "object": { "type": "string", "const": "model" }, "created": { "type": "integer" }, "owned_by": { "type": "string" },
              "max_model_len": { "type": "integer", "description": "Tokens of context of one sequence, as vLLM has it; where the model is loaded." },
              "meta": {
                "description": "What the model's file says of it, as llama-server has it.",
                "type": "object", "required": ["n_ctx_train", "n_embd", "n_params", "size", "quantization"], "additionalProperties": false,
                "properties": {
                  "n_ctx_train": { "type": "integer" }, "n_embd": { "type": "integer" }, "n_params": { "type": "integer" },
                  "size": { "type": "integer", "description": "Bytes of its files." }, "quantization": { "type": "string" }
                }
              },
              "status": {
                "type": "object", "required": ["value", "progress", "changed"], "additionalProperties": false,
                "properties": {
                  "value": { "type": "string", "enum": ["unloaded", "loading", "loaded", "unloading"] },
                  "progress": { "type": "number", "minimum": 0, "maximum": 1, "description": "How much of it is loaded." },
                  "changed": { "type": "boolean", "description": "Whether its files have changed since it was loaded." }
                }
              }
            }
          },
          "ModelList": {
            "type": "object", "required": ["object", "data"], "additionalProperties": false,
            "properties": { "object": { "type": "string", "const": "list" }, "data": { "type": "array", "items": { "$ref": "#/components/schemas/Model" } } }
          }
        }
        """;
}
