//! Semantic tokens: the parts that words play, as colours. Comments and operators are left to the
//! editor's grammar.

use crate::mention::{LocalKind, Mention, Role};
use crate::snapshot::{Snapshot, View};
use crate::target::last_word;
use crate::text::Encoding;
use gw_compiler::Kind;
use lsp_types::{
    Range, SemanticToken, SemanticTokenModifier, SemanticTokenType, SemanticTokensLegend,
};
use std::collections::HashMap;

/// The types, in the order of [`Colour`].
const TYPES: &[SemanticTokenType] = &[
    SemanticTokenType::KEYWORD,
    SemanticTokenType::MODIFIER,
    SemanticTokenType::PROPERTY,
    SemanticTokenType::VARIABLE,
    SemanticTokenType::PARAMETER,
    SemanticTokenType::FUNCTION,
    SemanticTokenType::TYPE,
    SemanticTokenType::ENUM,
    SemanticTokenType::ENUM_MEMBER,
    SemanticTokenType::STRUCT,
    SemanticTokenType::NAMESPACE,
    SemanticTokenType::CLASS,
    SemanticTokenType::STRING,
    SemanticTokenType::NUMBER,
];

#[derive(Clone, Copy)]
enum Colour {
    Keyword,
    Modifier,
    Property,
    Variable,
    Parameter,
    Function,
    Type,
    Enum,
    EnumMember,
    Struct,
    Namespace,
    Class,
    String,
    Number,
}

/// Bits in the order of the legend.
const DECLARATION: u32 = 1;
const READONLY: u32 = 2;
const DEFAULT_LIBRARY: u32 = 4;

/// What the numbers of tokens mean.
pub(crate) fn legend() -> SemanticTokensLegend {
    SemanticTokensLegend {
        token_types: TYPES.to_vec(),
        token_modifiers: vec![
            SemanticTokenModifier::DECLARATION,
            SemanticTokenModifier::READONLY,
            SemanticTokenModifier::DEFAULT_LIBRARY,
        ],
    }
}

/// The tokens of a file, each relative to the one before.
pub(crate) fn tokens(snapshot: &Snapshot, view: &View, units: Encoding) -> Vec<SemanticToken> {
    let visible = snapshot.visible(view);
    let kinds: HashMap<&str, Kind> = visible.iter().map(|(n, d)| (n.as_str(), d.kind)).collect();
    let mut out = Vec::new();
    let mut last = lsp_types::Position::default();
    let mut reached = 0;
    for (start, end, (colour, modifiers)) in flat(view, &kinds) {
        let first = view.text.position_from((reached, last), start, units);
        let range = Range::new(first, view.text.position_from((start, first), end, units));
        if range.start.line != range.end.line || range.start == range.end {
            continue;
        }
        let same_line = range.start.line == last.line;
        out.push(SemanticToken {
            delta_line: range.start.line - last.line,
            delta_start: range.start.character - if same_line { last.character } else { 0 },
            length: range.end.character - range.start.character,
            token_type: colour as u32,
            token_modifiers_bitset: modifiers,
        });
        last = range.start;
        reached = start;
    }
    out
}

/// Coloured ranges that do not overlap: a text is divided where a template names something.
fn flat(view: &View, kinds: &HashMap<&str, Kind>) -> Vec<(usize, usize, (Colour, u32))> {
    let mut out: Vec<(usize, usize, (Colour, u32))> = Vec::new();
    let mut texts: Vec<(usize, usize)> = Vec::new();
    let mut reached = 0;
    let close = |upto: usize, texts: &mut Vec<(usize, usize)>, out: &mut Vec<_>| {
        while let Some((from, end)) = texts.pop() {
            let stop = end.min(upto);
            if from < stop {
                out.push((from, stop, (Colour::String, 0)));
            }
            if upto < end {
                texts.push((upto.max(from), end));
                return;
            }
        }
    };
    for mention in view.mentions() {
        let (start, end) = (mention.span.start as usize, mention.span.end as usize);
        close(start, &mut texts, &mut out);
        if matches!(mention.role, Role::Text) {
            texts.push((start.max(reached), end));
        } else if let Some(colour) = colour(view, mention, kinds).filter(|_| start >= reached) {
            out.push((start, end, colour));
            reached = end;
            if let Some(text) = texts.last_mut() {
                text.0 = end;
            }
        }
    }
    close(usize::MAX, &mut texts, &mut out);
    out.sort_by_key(|(start, ..)| *start);
    out
}

fn colour(view: &View, mention: &Mention, kinds: &HashMap<&str, Kind>) -> Option<(Colour, u32)> {
    Some(match &mention.role {
        Role::Keyword(_) => (Colour::Keyword, 0),
        Role::Word => (Colour::Modifier, 0),
        Role::HttpMethod => (Colour::EnumMember, DEFAULT_LIBRARY),
        Role::Field(..) | Role::Key => (Colour::Property, 0),
        Role::SchemaField => (Colour::Property, DECLARATION),
        Role::Member if of_enum(view, mention, kinds) => (Colour::EnumMember, 0),
        Role::Member => (Colour::Property, READONLY),
        Role::Declaration(kind) => (kind_colour(*kind), DECLARATION),
        Role::Reference(among) => {
            let kind = kinds
                .get(view.slice(mention.span))
                .filter(|k| among.contains(k))?;
            (kind_colour(*kind), 0)
        }
        Role::Imported | Role::Alias => {
            let kind = kinds.get(view.slice(mention.span))?;
            (kind_colour(*kind), 0)
        }
        Role::Local(LocalKind::Parameter | LocalKind::PathParameter, at) => {
            let declares = if *at == mention.span { DECLARATION } else { 0 };
            (Colour::Parameter, declares)
        }
        Role::Local(LocalKind::Variable, at) => {
            let declares = if *at == mention.span { DECLARATION } else { 0 };
            (Colour::Variable, declares)
        }
        Role::Argument(_) => (Colour::Parameter, 0),
        Role::Type => (Colour::Type, DEFAULT_LIBRARY),
        Role::Object => (Colour::Variable, DEFAULT_LIBRARY),
        Role::Function(_) => (Colour::Function, DEFAULT_LIBRARY),
        Role::Variant | Role::Choice => (Colour::EnumMember, 0),
        Role::Route | Role::Rule => (Colour::Function, 0),
        Role::Text => (Colour::String, 0),
        Role::Constant => (Colour::Number, 0),
    })
}

/// Whether a member is read from an enum.
fn of_enum(view: &View, mention: &Mention, kinds: &HashMap<&str, Kind>) -> bool {
    let before = view.text.text.get(..mention.span.start as usize);
    let operand = before.and_then(|b| b.strip_suffix('.')).map(last_word);
    operand.and_then(|o| kinds.get(o)) == Some(&Kind::Enum)
}

fn kind_colour(kind: Kind) -> Colour {
    match kind {
        Kind::Param | Kind::Let | Kind::Secret | Kind::Table => Colour::Variable,
        Kind::Enum => Colour::Enum,
        Kind::Schema => Colour::Struct,
        Kind::Listener | Kind::Authn | Kind::Backend => Colour::Class,
        Kind::Policy | Kind::Limit | Kind::Transform | Kind::Route => Colour::Function,
        Kind::Service => Colour::Namespace,
    }
}
