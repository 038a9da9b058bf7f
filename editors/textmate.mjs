// The TextMate grammar, for VS Code and everything that reads its grammars. Patterns are tried in
// order; lexical rules as in docs/language and lang/gw-syntax/src/grammar.

const any = (words) => `(?:${words.join("|")})`;
const NAME = "[A-Za-z_][A-Za-z0-9_]*";
const END = "(?![A-Za-z0-9_])";

export function textmate(l) {
  const statements = any([...l.declarations, ...l.statements]);
  return {
    $schema: "https://raw.githubusercontent.com/martinring/tmlanguage/master/tmlanguage.json",
    name: "gw",
    scopeName: "source.gw",
    fileTypes: ["gw"],
    patterns: [
      { include: "#comments" },
      { include: "#edition" },
      { include: "#declarations" },
      { include: "#statements" },
      { include: "#strings" },
      { include: "#paths" },
      { include: "#literals" },
      { include: "#words" },
      { include: "#fields" },
      { include: "#calls" },
      { include: "#variables" },
      { include: "#operators" },
      { include: "#punctuation" },
    ],
    repository: {
      comments: {
        patterns: [
          { name: "comment.line.documentation.gw", match: "///.*$" },
          { name: "comment.line.double-slash.gw", match: "//.*$" },
        ],
      },
      edition: {
        match: "^\\s*(gw)\\s+([0-9]+)\\s*(?=$|//)",
        captures: { 1: { name: "keyword.control.edition.gw" }, 2: { name: "constant.numeric.gw" } },
      },
      declarations: {
        // `backend orders`, `limit per_plan(…)`, `authn idp: jwt<Claims>`
        match: `(?:^|(?<=[{;]))\\s*(${any(l.declarations)})${END}(?!\\s*[=:?])(?:\\s+(${NAME})(?=\\s*(?:$|[{:(=]|\\b(?:like|on|${any(l.methods)})\\b)))?`,
        captures: {
          1: { name: "keyword.declaration.gw" },
          2: { name: "entity.name.type.gw" },
        },
      },
      statements: {
        match: `(?:^|(?<=[{;]))\\s*(${statements})${END}(?!\\s*[=:?.])`,
        captures: { 1: { name: "keyword.control.gw" } },
      },
      strings: {
        patterns: [
          string('[bB]?[rR]"""', '"""', "string.quoted.triple.raw.gw", []),
          string("[bB]?[rR]'''", "'''", "string.quoted.triple.raw.gw", []),
          string('[bB]?[rR]"', '"|$', "string.quoted.double.raw.gw", []),
          string("[bB]?[rR]'", "'|$", "string.quoted.single.raw.gw", []),
          string('[bB]?"""', '"""', "string.quoted.triple.gw"),
          string("[bB]?'''", "'''", "string.quoted.triple.gw"),
          string('[bB]?"', '"|$', "string.quoted.double.gw"),
          string("[bB]?'", "'|$", "string.quoted.single.gw"),
        ],
      },
      escapes: {
        patterns: [
          {
            name: "constant.character.escape.gw",
            match: "\\\\(?:[abfnrtv\\\\?\"'`]|[xX][0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|[0-3][0-7]{2})",
          },
          { name: "invalid.illegal.escape.gw", match: "\\\\." },
          { name: "variable.other.template.gw", match: `\\{${NAME}(?:\\??\\.${NAME})*\\}` },
        ],
      },
      paths: {
        // A path stands after a blank, and holds none.
        begin: "(?<=[ \\t])(?=/(?!/|[ \\t]*[0-9(]))",
        end: "(?=[ \\t;,]|$)|(?=//)",
        name: "string.unquoted.path.gw",
        patterns: [
          {
            match: `(\\{)(${NAME})(?:(:)((?:[^{}\\s]|\\{[^{}\\s]*\\})+))?(\\})`,
            captures: {
              1: { name: "punctuation.definition.parameter.gw" },
              2: { name: "variable.parameter.path.gw" },
              3: { name: "punctuation.separator.gw" },
              4: { name: "support.type.gw" },
              5: { name: "punctuation.definition.parameter.gw" },
            },
          },
          { name: "keyword.operator.wildcard.gw", match: "\\*\\*?" },
          { match: "[^\\s;,{}*]" },
        ],
      },
      literals: {
        patterns: [
          number("ip", `(?<![A-Za-z0-9_:])(?:[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{1,4})*)?::(?:[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{1,4})*)?(?:/[0-9]{1,3})?${END}`),
          number("ip", `\\b[0-9]{1,3}(?:\\.[0-9]{1,3}){3}(?:/[0-9]{1,2})?${END}`),
          number("range", `\\b[0-9]+\\.\\.=-?[0-9]+${END}`),
          number("rate", `\\b[0-9]+/(?:sec|s|min|hour|h|day)${END}`),
          number("duration", `\\b(?:[0-9]+(?:\\.[0-9]+)?(?:ns|us|ms|s|m|h|d|w))+${END}`),
          number("size", `\\b[0-9]+(?:\\.[0-9]+)?(?:[KMGT]i?B|kB|B)${END}`),
          number("percent", "\\b[0-9]+(?:\\.[0-9]+)?%(?=[\\s,;)\\]}:]|$)"),
          number("status", `\\b[1-5]xx${END}`),
          number("hex", `\\b0x[0-9A-Fa-f]+[uU]?${END}`),
          number("float", `(?:\\b[0-9]+)?\\.[0-9]+(?:[eE][+-]?[0-9]+)?${END}|\\b[0-9]+[eE][+-]?[0-9]+${END}`),
          number("integer", `\\b[0-9]+[uU]?${END}`),
          { name: "constant.language.gw", match: `\\b${any(l.constants)}${END}` },
        ],
      },
      words: {
        patterns: [
          { name: "constant.language.method.gw", match: `\\b${any(l.methods)}${END}` },
          { name: "keyword.other.clause.gw", match: `\\b${any(l.clauses)}${END}(?!\\s*[=:(.])` },
          { name: "keyword.control.switch.gw", match: `\\bswitch(?=[ \\t]+[A-Za-z_("'!])` },
          { name: "keyword.operator.word.gw", match: `\\bin${END}` },
          { name: "keyword.other.gw", match: `(?<=[ \\t])${any(l.contextual)}(?=[ \\t])(?!\\s*[=:])` },
        ],
      },
      fields: {
        patterns: [
          {
            // `request.body: NewOrder`, `coupon?: string max 32`
            match: `(${NAME}(?:\\.${NAME})*)(\\?)?\\s*(:)(?!:)\\s*(${any(l.types)}${END})?`,
            captures: {
              1: { name: "variable.other.property.gw" },
              2: { name: "keyword.operator.optional.gw" },
              3: { name: "punctuation.separator.gw" },
              4: { name: "support.type.gw" },
            },
          },
          {
            // `rate: rate = 60/min`, where the name has been read with its declaration
            match: `(?<=[A-Za-z0-9_?]:)\\s*(?:(${any(l.types)})${END}|(${NAME})(?=\\??\\s*=(?![=>])))`,
            captures: { 1: { name: "support.type.gw" }, 2: { name: "entity.name.type.gw" } },
          },
          { name: "support.type.property-name.gw", match: `\\b${any(l.fields)}(?=\\s*=(?![=>]))` },
          { name: "variable.other.property.gw", match: `\\b${NAME}(?=\\s*=(?![=>]))` },
        ],
      },
      calls: {
        patterns: [
          { name: "support.function.macro.gw", match: `\\b${any(l.macros)}(?=\\()` },
          { name: "support.function.gw", match: `\\b${any(l.functions)}(?=\\()` },
          { name: "entity.name.function.gw", match: `\\b${NAME}(?=\\()` },
        ],
      },
      variables: {
        patterns: [
          { name: "variable.language.gw", match: `(?<![.A-Za-z0-9_])${any(l.variables)}(?=\\s*(?:\\.|\\?\\.|\\[))` },
          { name: "variable.other.member.gw", match: `(?<=\\.)${NAME}` },
          { name: "variable.other.gw", match: `\\b${NAME}` },
        ],
      },
      operators: {
        name: "keyword.operator.gw",
        match: "\\|\\||&&|\\?\\?|\\?\\.|==|!=|<=|>=|=>|[-+*/%<>!?=|]",
      },
      punctuation: {
        patterns: [
          { name: "punctuation.section.block.gw", match: "[{}]" },
          { name: "punctuation.section.brackets.gw", match: "[\\[\\]()]" },
          { name: "punctuation.separator.gw", match: "[,;:.]" },
        ],
      },
    },
  };
}

function string(begin, end, name, patterns = [{ include: "#escapes" }]) {
  return { name, begin: `(?<![A-Za-z0-9_])${begin}`, end, patterns };
}

function number(kind, match) {
  return { name: `constant.numeric.${kind}.gw`, match };
}
