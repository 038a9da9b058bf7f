// What the tree-sitter grammar cannot decide by itself: whether a statement ends with its line, and
// words and signs that are special only before certain text (`clause_start`, `condition_start`,
// `switch_start`, `percent_sign`, `rate` and `dot` in lang/gw-syntax/src/grammar). It keeps no
// state, and looks ahead without bound only over blanks.

#include "tree_sitter/parser.h"
#include "words.h"

#include <string.h>

// In the order of `externals` in grammar.js.
enum Token {
  LINE_END,
  LATE_REASON,
  LATE_BECAUSE,
  CLAUSE_WORD,
  REFINE_WORD,
  CONDITION_HEAD,
  SWITCH,
  SAFE_DOT,
  PERCENT_SIGN,
  RATE_UNIT,
  PATH_TEXT,
  NEVER,
};

// Longer than every word that matters; a longer one is cut, and then equals none of them.
enum { WORD = 16 };

static inline bool is_digit(int32_t c) { return c >= '0' && c <= '9'; }
static inline bool is_upper(int32_t c) { return c >= 'A' && c <= 'Z'; }
static inline bool is_blank(int32_t c) { return c == ' ' || c == '\t' || c == '\r' || c == '\f'; }
static inline bool is_name_start(int32_t c) {
  return is_upper(c) || (c >= 'a' && c <= 'z') || c == '_';
}
static inline bool is_name_char(int32_t c) { return is_name_start(c) || is_digit(c); }

// Text of a path literal: neither blank nor delimiter, nor what has a meaning in a path.
static inline bool is_path_char(int32_t c) {
  return c > ' ' && c != 0x7f && !strchr("\"(),/*;{}", c < 0x80 ? (int)c : 'a');
}

static inline void advance(TSLexer *lexer) { lexer->advance(lexer, false); }

static void blanks(TSLexer *lexer) {
  while (is_blank(lexer->lookahead)) advance(lexer);
}

static void word(TSLexer *lexer, char text[WORD]) {
  int length = 0;
  while (is_name_char(lexer->lookahead)) {
    if (length < WORD - 1) text[length++] = (char)lexer->lookahead;
    advance(lexer);
  }
  text[length] = 0;
}

static bool is_one_of(const char *text, const char *const *words) {
  for (; *words; words++) {
    if (strcmp(text, *words) == 0) return true;
  }
  return false;
}

// `clause_go`: after a clause's word comes its expression.
static bool clause_goes_on(TSLexer *lexer) {
  blanks(lexer);
  return !lexer->eof(lexer) && !strchr("=:;,\n{})", lexer->lookahead < 0x80 ? (int)lexer->lookahead : 'a');
}

// `condition_start`: after `when` comes neither a value nor a request such as `GET|HEAD /orders`.
static bool condition_follows(TSLexer *lexer) {
  if (!clause_goes_on(lexer)) return false;
  if (!is_upper(lexer->lookahead)) return true;
  while (is_upper(lexer->lookahead) || lexer->lookahead == '|') advance(lexer);
  if (!is_blank(lexer->lookahead)) return true;
  blanks(lexer);
  return lexer->lookahead != '/';
}

// `switch_start`: a subject, and neither a call nor an operator.
static bool subject_follows(TSLexer *lexer) {
  if (!is_blank(lexer->lookahead)) return false;
  blanks(lexer);
  int32_t next = lexer->lookahead;
  if (is_name_start(next)) {
    char text[WORD];
    word(lexer, text);
    return strcmp(text, "in") != 0;
  }
  if (next == '!') {
    advance(lexer);
    return lexer->lookahead != '=';
  }
  return is_digit(next) || next == '(' || next == '"' || next == '\'';
}

// A percentage is followed by a blank or a delimiter; `10%3` is a remainder.
static bool percent_sign(TSLexer *lexer) {
  advance(lexer);
  lexer->mark_end(lexer);
  lexer->result_symbol = PERCENT_SIGN;
  int32_t next = lexer->lookahead;
  return lexer->eof(lexer) || is_blank(next) || (next < 0x80 && strchr("\n,;)]}:", (int)next));
}

static bool rate_unit(TSLexer *lexer) {
  static const char *const units[] = {"sec", "s", "min", "hour", "h", "day", NULL};
  char text[WORD];
  advance(lexer);
  word(lexer, text);
  lexer->mark_end(lexer);
  lexer->result_symbol = RATE_UNIT;
  return is_one_of(text, units);
}

static bool path_text(TSLexer *lexer) {
  while (is_path_char(lexer->lookahead)) advance(lexer);
  lexer->mark_end(lexer);
  lexer->result_symbol = PATH_TEXT;
  return true;
}

// `?.name`, but not `a ?.5 : 1`.
static bool safe_dot(TSLexer *lexer) {
  advance(lexer);
  if (lexer->lookahead != '.') return false;
  advance(lexer);
  lexer->mark_end(lexer);
  lexer->result_symbol = SAFE_DOT;
  return !is_digit(lexer->lookahead);
}

static bool special_word(TSLexer *lexer, const bool *valid) {
  static const char *const refinements[] = {"max", "min", "matches", NULL};
  char text[WORD];
  word(lexer, text);
  lexer->mark_end(lexer);
  if (valid[SWITCH] && strcmp(text, "switch") == 0) {
    lexer->result_symbol = SWITCH;
    return subject_follows(lexer);
  }
  if (valid[CONDITION_HEAD] && strcmp(text, "when") == 0) {
    lexer->result_symbol = CONDITION_HEAD;
    return condition_follows(lexer);
  }
  if (valid[REFINE_WORD] && is_one_of(text, refinements)) {
    lexer->result_symbol = REFINE_WORD;
    return clause_goes_on(lexer);
  }
  lexer->result_symbol = CLAUSE_WORD;
  return valid[CLAUSE_WORD] && is_one_of(text, CLAUSES) && clause_goes_on(lexer);
}

// At the text after a line end: whether it can only continue what stands before it.
static bool continues(TSLexer *lexer) {
  int32_t next = lexer->lookahead;
  if (lexer->eof(lexer)) return false;
  if (next == '!') {
    advance(lexer);
    return lexer->lookahead == '=';
  }
  if (next == '=') {
    advance(lexer);
    return lexer->lookahead == '=' || lexer->lookahead == '>';
  }
  return next < 0x80 && strchr("&|+-*%<>.:", (int)next);
}

// Decides at a line end: the statement ends, or goes on with `reason` or `because`, or the
// expression goes on. Before a comment nothing is decided: its own line end comes.
static bool line_end(TSLexer *lexer, const bool *valid) {
  while (is_blank(lexer->lookahead) || lexer->lookahead == '\n') lexer->advance(lexer, true);
  lexer->mark_end(lexer);
  lexer->result_symbol = LINE_END;
  if (lexer->lookahead == '/') return false;
  if (lexer->lookahead == '?') return valid[SAFE_DOT] && safe_dot(lexer);
  if (continues(lexer)) return false;
  if ((valid[LATE_REASON] || valid[LATE_BECAUSE]) && is_name_start(lexer->lookahead)) {
    char text[WORD];
    word(lexer, text);
    bool because = valid[LATE_BECAUSE] && strcmp(text, "because") == 0;
    bool reason = valid[LATE_REASON] && strcmp(text, "reason") == 0;
    if ((because || reason) && clause_goes_on(lexer)) {
      lexer->result_symbol = because ? LATE_BECAUSE : LATE_REASON;
      return true;
    }
  }
  return valid[LINE_END];
}

bool tree_sitter_gw_external_scanner_scan(void *payload, TSLexer *lexer, const bool *valid) {
  (void)payload;
  if (valid[PERCENT_SIGN] && lexer->lookahead == '%' && !valid[NEVER]) return percent_sign(lexer);
  if (valid[RATE_UNIT] && lexer->lookahead == '/' && !valid[NEVER]) return rate_unit(lexer);
  if (valid[PATH_TEXT] && !valid[NEVER]) {
    if (is_path_char(lexer->lookahead)) return path_text(lexer);
    if (!is_blank(lexer->lookahead) && lexer->lookahead != '\n') return false;
  }
  bool statement = valid[LINE_END] || valid[LATE_REASON] || valid[LATE_BECAUSE];
  while (is_blank(lexer->lookahead) || (lexer->lookahead == '\n' && !statement)) {
    lexer->advance(lexer, true);
  }
  if (lexer->lookahead == '\n') return line_end(lexer, valid);
  if (valid[NEVER]) return false;
  if (lexer->lookahead == '?') return valid[SAFE_DOT] && safe_dot(lexer);
  bool words = valid[CLAUSE_WORD] || valid[REFINE_WORD] || valid[CONDITION_HEAD] || valid[SWITCH];
  return words && is_name_start(lexer->lookahead) && special_word(lexer, valid);
}

void *tree_sitter_gw_external_scanner_create(void) { return NULL; }
void tree_sitter_gw_external_scanner_destroy(void *payload) { (void)payload; }
unsigned tree_sitter_gw_external_scanner_serialize(void *payload, char *buffer) {
  (void)payload, (void)buffer;
  return 0;
}
void tree_sitter_gw_external_scanner_deserialize(void *payload, const char *buffer, unsigned length) {
  (void)payload, (void)buffer, (void)length;
}
