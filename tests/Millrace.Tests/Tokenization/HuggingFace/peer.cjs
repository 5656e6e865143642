// Answers a line of JSON for each line of JSON: what Hugging Face's tokenizers (the Rust library, in the npm package
// @anush008/tokenizers) makes of texts. Started by PeerTokenizers with the folder of node_modules as its argument.
'use strict';
const path = require('path');
const peers = require(path.join(process.argv[2], '@anush008', 'tokenizers'));
let tokenizer = null;

const commands = {
    load: ({ file, json }) => {
        tokenizer = file ? peers.Tokenizer.fromFile(file) : peers.Tokenizer.fromString(json);
        return true;
    },
    encode: async ({ texts, special }) => {
        const ids = [];
        for (const text of texts) {
            ids.push((await tokenizer.encode(text, null, { addSpecialTokens: special })).getIds());
        }
        return ids;
    },
    decode: async ({ ids, skip }) => {
        const texts = [];
        for (const list of ids) {
            texts.push(await tokenizer.decode(list, skip));
        }
        return texts;
    },
    normalize: ({ texts }) => {
        const normalizer = tokenizer.getNormalizer();
        return texts.map(text => normalizer.normalizeString(text));
    },
    split: ({ texts }) => {
        const splitter = tokenizer.getPreTokenizer();
        return texts.map(text => splitter.preTokenizeString(text).map(piece => piece[0]));
    },
};

const queue = [];
let busy = false;
async function work() {
    if (busy) return;
    busy = true;
    while (queue.length > 0) {
        let answer;
        try {
            const request = JSON.parse(queue.shift());
            answer = { result: await commands[request.command](request) };
        } catch (error) {
            answer = { error: String(error && error.message || error) };
        }
        process.stdout.write(JSON.stringify(answer) + '\n');
    }
    busy = false;
}
require('readline').createInterface({ input: process.stdin, crlfDelay: Infinity }).on('line', line => { queue.push(line); work(); });
