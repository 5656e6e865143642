using Millrace.Formats;
using Millrace.Formats.Gguf;

namespace Millrace.Tests.Server;

/// <summary>The known story with a chat template. A conversation goes on where its last message ends: after "Once upon" comes " a time there was a small mill".</summary>
static class StoryWithTemplate
{
    /// <summary><c>&lt;s&gt;role&lt;/s&gt;content</c> for each message; of tools it knows nothing.</summary>
    public const string Template =
        "{% for message in messages %}{% if message.role in ['system', 'user', 'assistant'] %}<s>{{ message.role }}</s>{{ message.content }}{% endif %}{% endfor %}";

    /// <summary>Writes the model.</summary>
    public static void Write(string path, string? template = Template)
    {
        string plain = path + ".plain";
        KnownStory.Write(plain);
        using (GgufFile file = GgufFile.Open(plain))
        {
            GgufWriter writer = new();
            foreach (string key in file.Metadata.Keys)
            {
                writer.Add(key, file.Metadata[key]!);
            }

            if (template is not null)
            {
                writer.Add("tokenizer.chat_template", template);
            }

            foreach (Tensor tensor in file.Tensors.Values)
            {
                writer.Add(tensor.Name, tensor.Type, [.. tensor.Shape], destination =>
                {
                    byte[] rows = new byte[tensor.ByteLength];
                    tensor.ReadRows(0, rows);
                    destination.Write(rows);
                });
            }

            writer.Write(path);
        }

        File.Delete(plain);
    }
}
