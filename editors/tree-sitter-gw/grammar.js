// The tree-sitter grammar: the shape of lang/gw-syntax/src/grammar, as an editor needs it. One
// shape for every declaration and statement; what a head means is told by the queries, whose words
// are generated. It accepts all that the compiler accepts, and a little more: an editor reads
// policies that are half typed.
//
// What depends on the end of a line or on the text that follows is decided in src/scanner.c.

/// <reference types="tree-sitter-cli/dsl" />

const PREC = {
  conditional: 1,
  or: 2,
  and: 3,
  compare: 4,
  coalesce: 5,
  sum: 6,
  product: 7,
  prefix: 8,
  postfix: 9,
};

const OPERATORS = [
  [PREC.or, "||"],
  [PREC.and, "&&"],
  [PREC.compare, choice("==", "!=", "<", "<=", ">", ">=", "in")],
  [PREC.coalesce, "??"],
  [PREC.sum, choice("+", "-")],
  [PREC.product, choice("*", "/", "%")],
];

const DECIMAL = /[0-9]+(\.[0-9]+)?/;
const HEXTETS = /[0-9a-fA-F]{1,4}(:[0-9a-fA-F]{1,4})*/;
const ADDRESS_END = /(\.[0-9]{1,3})*(\/[0-9]{1,3})?/;

const listOf = (item) => optional(seq(item, repeat(seq(",", item)), optional(",")));

module.exports = grammar({
  name: "gw",

  word: ($) => $.identifier,

  externals: ($) => [
    $._line_end,
    $._late_reason,
    $._late_because,
    $.clause_word,
    $.refine_word,
    $._condition_head,
    $._switch,
    $._safe_dot,
    $._percent_sign,
    $._rate_unit,
    $.path_text,
    $._never, // Valid only while the parser looks for a way out of an error.
  ],

  extras: ($) => [/[ \t\r\n\f\uFEFF]/, $.comment, $.doc_comment],

  supertypes: ($) => [$._expression, $._literal],

  conflicts: ($) => [
    // `a: b` is a type where it reads as one to its end, else an expression.
    [$._primary, $.named_type],
    [$._primary, $.record_field],
    [$.record, $.map],
  ],

  rules: {
    source_file: ($) => separated($, $.statement),
    _separators: ($) => repeat1(choice($._line_end, ";", ",")),

    // ---- statements
    statement: ($) =>
      choice(
        seq(
          field("head", alias($._condition_head, $.identifier)),
          field("condition", $._expression),
          optional($._clauses),
        ),
        seq(
          field("head", choice($.identifier, $.dotted_name, $.string)),
          optional("?"),
          repeat(field("part", $._part)),
          optional($._value),
          optional($._clauses),
          optional($.consequence),
          optional(field("block", $.block)),
        ),
      ),
    block: ($) => seq("{", separated($, $.statement), "}"),
    dotted_name: ($) =>
      seq($.identifier, repeat1(seq(token.immediate("."), $.identifier))),

    _clauses: ($) =>
      seq(
        optional($._late_because),
        $.clause,
        repeat(seq(optional(choice($._late_because, $._late_reason)), $.clause)),
      ),
    clause: ($) => seq(field("word", $.clause_word), field("value", $._expression)),
    // `for_all request where …: allowed => authenticated`
    consequence: ($) =>
      seq(":", field("premise", $._expression), "=>", field("conclusion", $._expression)),

    _part: ($) =>
      choice(
        $.identifier,
        $.dotted_name,
        $.alternatives,
        $.application,
        $.path,
        $.negative,
        $._literal,
        $.list,
        $.parenthesized,
      ),
    // `GET|HEAD`
    alternatives: ($) => seq($.identifier, repeat1(seq("|", $.identifier))),
    // `per_plan(base = 60/min)`
    application: ($) =>
      seq(
        field("name", $.identifier),
        token.immediate("("),
        listOf(choice($.parameter, $._expression)),
        ")",
      ),
    parameter: ($) => seq(field("name", $.identifier), $._value),
    negative: ($) => seq("-", $._number),

    _value: ($) => choice($._assignment, $._annotation),
    _assignment: ($) => seq("=", field("value", $._expression)),
    _annotation: ($) =>
      seq(
        ":",
        choice(
          prec.dynamic(1, field("type", $._type)),
          field("value", $._expression),
        ),
        optional($._assignment),
      ),

    // ---- types
    _type: ($) => choice($.named_type, $.record, $.optional_type, $.refined_type),
    optional_type: ($) => seq(choice($.named_type, $.record), "?"),
    refined_type: ($) =>
      seq(choice($.named_type, $.record, $.optional_type), repeat1($.refinement)),
    named_type: ($) =>
      seq(
        field("name", $.identifier),
        optional(seq("<", $._type, repeat(seq(",", $._type)), ">")),
      ),
    record: ($) => seq("{", separated($, $.record_field), "}"),
    record_field: ($) =>
      seq(field("name", $.identifier), optional("?"), ":", field("type", $._type)),
    refinement: ($) =>
      choice(
        seq(field("word", $.refine_word), field("value", $._operand)),
        seq(optional("-"), $.range),
      ),

    // ---- expressions
    _expression: ($) => choice($.conditional, $.binary, $._operand),
    conditional: ($) =>
      prec.right(
        PREC.conditional,
        seq(
          field("condition", $._expression),
          "?",
          field("then", $._expression),
          ":",
          field("else", $._expression),
        ),
      ),
    binary: ($) =>
      choice(
        ...OPERATORS.map(([level, operator]) =>
          prec.left(
            level,
            seq(
              field("left", $._expression),
              field("operator", operator),
              field("right", $._expression),
            ),
          ),
        ),
      ),
    _operand: ($) => choice($.unary, $.member, $.index, $.call, $._primary),
    unary: ($) =>
      prec(PREC.prefix, seq(field("operator", choice("!", "-")), field("operand", $._operand))),
    member: ($) =>
      prec(
        PREC.postfix,
        seq(
          field("object", $._operand),
          choice(alias($._safe_dot, "?."), seq(".", optional("?"))),
          field("field", choice($.identifier, $.quoted_name)),
        ),
      ),
    index: ($) =>
      prec(
        PREC.postfix,
        seq(
          field("object", $._operand),
          "[",
          optional("?"),
          field("index", $._expression),
          "]",
        ),
      ),
    call: ($) =>
      prec(
        PREC.postfix,
        seq(
          field("function", choice($.identifier, alias($.member, $.method), $.rooted)),
          field("arguments", $.arguments),
        ),
      ),
    arguments: ($) => seq("(", listOf(choice($.named_argument, $._expression)), ")"),
    named_argument: ($) =>
      seq(field("name", $.identifier), "=", field("value", $._expression)),

    _primary: ($) =>
      choice(
        $.identifier,
        $.rooted,
        $._literal,
        $.parenthesized,
        $.list,
        $.map,
        $.switch,
      ),
    rooted: ($) => seq(".", $.identifier),
    parenthesized: ($) => seq("(", $._expression, ")"),
    list: ($) => seq("[", listOf($._list_item), "]"),
    _list_item: ($) => seq(optional("?"), $._expression, repeat($.clause)),
    map: ($) => seq("{", separated($, $.entry), "}"),
    entry: ($) =>
      seq(optional("?"), field("key", $._expression), ":", field("value", $._expression)),
    switch: ($) =>
      seq(
        alias($._switch, "switch"),
        field("subject", $._expression),
        "{",
        separated($, $.arm),
        "}",
      ),
    arm: ($) => seq(field("pattern", $._expression), "=>", field("value", $._expression)),

    // ---- path literals
    path: ($) =>
      seq(
        "/",
        repeat(choice(
          token.immediate("/"),
          $.path_text,
          alias(token.immediate(/\*\*?/), $.wildcard),
          $.path_parameter,
        )),
      ),
    path_parameter: ($) =>
      seq(
        token.immediate("{"),
        optional(field("name", alias(token.immediate(/[^{}:\s]+/), $.identifier))),
        optional(seq(
          token.immediate(":"),
          optional(field(
            "constraint",
            alias(token.immediate(/([^{}\s]|\{[^{}\s]*\})+/), $.constraint),
          )),
        )),
        token.immediate("}"),
      ),

    // ---- literals
    _literal: ($) => choice($.string, $._number, $.boolean, $.null),
    boolean: (_) => choice("true", "false"),
    null: (_) => "null",

    _number: ($) =>
      choice(
        $.integer,
        $.float,
        $.duration,
        $.size,
        $.rate,
        $.percentage,
        $.status_class,
        $.range,
        $.address,
      ),
    integer: (_) => token(seq(choice(/0x[0-9a-fA-F]+/, /[0-9]+/), optional(/[uU]/))),
    float: (_) =>
      token(choice(
        /[0-9]*\.[0-9]+([eE][+-]?[0-9]+)?/,
        /[0-9]+[eE][+-]?[0-9]+/,
      )),
    duration: (_) => token(repeat1(seq(DECIMAL, /ns|us|ms|s|m|h|d|w/))),
    size: (_) => token(seq(DECIMAL, /KiB|MiB|GiB|TiB|kB|KB|MB|GB|TB|B/)),
    rate: ($) => seq($.integer, alias($._rate_unit, $.unit)),
    percentage: ($) => seq(choice($.integer, $.float), alias($._percent_sign, $.unit)),
    status_class: (_) => /[1-5]xx/,
    range: (_) => /[0-9]+\.\.=-?[0-9]+/,
    address: (_) =>
      token(choice(
        /[0-9]{1,3}(\.[0-9]{1,3}){3}(\/[0-9]{1,3})?/,
        seq(optional(HEXTETS), "::", optional(HEXTETS), ADDRESS_END),
        seq(/[0-9a-fA-F]{1,4}(:[0-9a-fA-F]{1,4}){7}/, ADDRESS_END),
      )),

    string: ($) =>
      choice(
        ...['"', "'"].flatMap((quote) => [
          text($, quote, quote),
          text($, quote, quote.repeat(3)),
          raw($, quote, quote),
          raw($, quote, quote.repeat(3)),
        ]),
      ),
    escape: (_) =>
      token.immediate(choice(
        /\\[xX][0-9a-fA-F]{2}/,
        /\\u[0-9a-fA-F]{4}/,
        /\\U[0-9a-fA-F]{8}/,
        /\\[0-3][0-7]{2}/,
        /\\(.|\n)/,
      )),
    // `{path.id}`: a value in a text, where the place of the text takes one.
    template: (_) =>
      token.immediate(/\{[A-Za-z_][A-Za-z0-9_]*(\??\.[A-Za-z_][A-Za-z0-9_]*)*\}/),

    quoted_name: (_) => /`[A-Za-z0-9_.\-\/ ]+`/,
    identifier: (_) => /[A-Za-z_][A-Za-z0-9_]*/,

    doc_comment: (_) => token(prec(1, /\/\/\/[^\n]*/)),
    comment: (_) => token(/\/\/[^\n]*/),
  },
});

/// Items with line ends, `;` or `,` between and around them; perhaps none.
function separated($, item) {
  return seq(
    optional($._separators),
    optional(seq(item, repeat(seq($._separators, item)), optional($._separators))),
  );
}

/// A string with what is special in it. `mark` is one quote or three, and three of them hold lines.
function text($, quote, mark) {
  const content = new RegExp(`[^${quote}\\\\{${mark === quote ? "\\n" : ""}]+`);
  return seq(
    new RegExp(`[bB]?${mark}`),
    repeat(choice(
      plain($, token.immediate(prec(1, content))),
      plain($, token.immediate("{")),
      ...(mark === quote ? [] : [plain($, token.immediate(quote))]),
      $.escape,
      $.template,
    )),
    token.immediate(mark),
  );
}

/// A string in which a backslash is a backslash.
function raw($, quote, mark) {
  const content = new RegExp(`[^${quote}${mark === quote ? "\\n" : ""}]+`);
  return seq(
    new RegExp(`[bB]?[rR]${mark}`),
    repeat(choice(
      plain($, token.immediate(prec(1, content))),
      ...(mark === quote ? [] : [plain($, token.immediate(quote))]),
    )),
    token.immediate(mark),
  );
}

function plain($, rule) {
  return alias(rule, $.string_content);
}
