// The language as an object that the package `tree-sitter` takes.

#include <node_api.h>

typedef struct TSLanguage TSLanguage;
const TSLanguage *tree_sitter_gw(void);

// How `tree-sitter` tells a language from other pointers; the same for all languages.
static const napi_type_tag LANGUAGE = {0x8AF2E5212AD58ABF, 0xD5006CAD83ABBA16};

NAPI_MODULE_INIT() {
  napi_value name, language;
  if (napi_create_string_utf8(env, "gw", NAPI_AUTO_LENGTH, &name) != napi_ok ||
      napi_create_external(env, (void *)tree_sitter_gw(), NULL, NULL, &language) != napi_ok ||
      napi_type_tag_object(env, language, &LANGUAGE) != napi_ok ||
      napi_set_named_property(env, exports, "name", name) != napi_ok ||
      napi_set_named_property(env, exports, "language", language) != napi_ok) {
    napi_throw_error(env, NULL, "the language gw cannot be made known");
  }
  return exports;
}
