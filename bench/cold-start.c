// llama.cpp from the start of its process to the first token: the shortest program that does it through the C API.
// Usage: cold-start LIBRARIES BACKEND MODEL THREADS CONTEXT REPACK TOKEN…, where BACKEND is a file of LIBRARIES or "all"
// (ggml picks one for the processor), and REPACK is 1 (weights are laid out anew for fast products) or 0 (used as mapped).
// It waits for the end of its input before it ends, so that its processor time can be read.
// The parameter structs are opaque bytes, read and written at the offsets they have in v0.5.0.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <glob.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct { int32_t words[128]; } parameters; // larger than any of them, passed in memory
typedef struct { int32_t count; int32_t *tokens; float *embeddings; int32_t *positions, *sequence_counts; int32_t **sequences; int8_t *logits; } batch;

enum { context_length = 0, batch_size = 1, threads_decode = 7, threads_batch = 8, extra_buffers_byte = 74 };

static void *open_library(const char *folder, const char *pattern) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, pattern);
    glob_t found;
    void *library = glob(path, 0, NULL, &found) == 0 ? dlopen(found.gl_pathv[0], RTLD_NOW | RTLD_GLOBAL) : NULL;
    if (library == NULL) {
        fprintf(stderr, "cannot open %s: %s\n", path, dlerror());
        exit(1);
    }
    return library;
}

static void *symbol(void *library, const char *name) {
    void *found = dlsym(library, name);
    if (found == NULL) {
        fprintf(stderr, "no %s\n", name);
        exit(1);
    }
    return found;
}

static void quiet(int level, const char *text, void *user) {
    (void)user;
    if (level == 4) fputs(text, stderr);
}

int main(int argc, char **argv) {
    if (argc < 8) return 2;
    open_library(argv[1], "libggml-base.so*");
    void *ggml = open_library(argv[1], "libggml.v*.so");
    void *llama = open_library(argv[1], "libllama.v*.so");
    ((void (*)(void *, void *))symbol(llama, "llama_log_set"))((void *)quiet, NULL);
    if (strcmp(argv[2], "all") == 0) {
        ((void (*)(const char *))symbol(ggml, "ggml_backend_load_all_from_path"))(argv[1]);
    } else {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", argv[1], argv[2]);
        ((void *(*)(const char *))symbol(ggml, "ggml_backend_load"))(path);
    }

    parameters of_model = ((parameters (*)(void))symbol(llama, "llama_model_default_params"))();
    ((char *)&of_model)[extra_buffers_byte] = argv[6][0] == '1';
    void *model = ((void *(*)(const char *, parameters))symbol(llama, "llama_model_load_from_file"))(argv[3], of_model);
    if (model == NULL) return 1;
    parameters of_context = ((parameters (*)(void))symbol(llama, "llama_context_default_params"))();
    of_context.words[context_length] = of_context.words[batch_size] = atoi(argv[5]);
    of_context.words[threads_decode] = of_context.words[threads_batch] = atoi(argv[4]);
    void *context = ((void *(*)(void *, parameters))symbol(llama, "llama_init_from_model"))(model, of_context);
    if (context == NULL) return 1;

    int count = argc - 7;
    int32_t tokens[count];
    for (int i = 0; i < count; i++) tokens[i] = atoi(argv[7 + i]);
    // Without positions and sequences: they follow one another, and the last one's logits are wanted.
    batch all = { count, tokens, NULL, NULL, NULL, NULL, NULL };
    if (((int (*)(void *, batch))symbol(llama, "llama_decode"))(context, all) != 0) return 1;
    const float *logits = ((float *(*)(void *, int32_t))symbol(llama, "llama_get_logits_ith"))(context, -1);
    const void *vocabulary = ((void *(*)(void *))symbol(llama, "llama_model_get_vocab"))(model);
    int size = ((int (*)(const void *))symbol(llama, "llama_vocab_n_tokens"))(vocabulary), best = 0;
    for (int i = 1; i < size; i++) best = logits[i] > logits[best] ? i : best;
    printf("%d\n", best);
    fflush(stdout);
    while (getchar() != EOF) {}
    _Exit(0); // taking the model down again is no part of the start
}
