//! From IR to nodes: compiles patterns, builds sets, fuses the common predicates.

use super::CompileError;
use super::node::{Choice, Finder, Loop, LoopKind, Node, Quantifier, Test};
use super::set::{NetSet, TextSet};
use crate::{
    Comprehension, ComprehensionKind, FactId, Function, Ir, ListElement, Operator, OwnedValue,
    Switch,
};
use ipnet::IpNet;
use regex_automata::meta::Regex;
use smol_str::SmolStr;

type Lowered<T> = Result<T, CompileError>;

/// Compiles an expression.
pub(super) fn node(ir: &Ir) -> Lowered<Node> {
    Ok(match ir {
        Ir::Const(value) => Node::Const(value.clone()),
        Ir::Fact(id) => Node::Fact(*id),
        Ir::Local(index) => Node::Local(*index),
        Ir::Fail(error) => Node::Fail(*error),
        Ir::Select {
            operand,
            field,
            missing,
        } => Node::Select(Box::new(node(operand)?), field.clone(), *missing),
        Ir::Index {
            operand,
            index,
            missing,
        } => Node::Index(Box::new([node(operand)?, node(index)?]), *missing),
        Ir::HasField { operand, field } => Node::HasField(Box::new(node(operand)?), field.clone()),
        Ir::Operation(operator, operands) => operation(*operator, operands)?,
        Ir::Call(function, args) => call(*function, args)?,
        Ir::Conditional(parts) => {
            let [condition, then, otherwise] = parts.as_ref();
            Node::Conditional(Box::new([node(condition)?, node(then)?, node(otherwise)?]))
        }
        Ir::Coalesce(parts) => {
            let [left, right] = parts.as_ref();
            Node::Coalesce(Box::new([node(left)?, node(right)?]))
        }
        Ir::List(elements) => list(elements)?,
        Ir::Map(entries) => {
            let entry = |e: &crate::MapElement| Ok((node(&e.key)?, node(&e.value)?, e.optional));
            Node::Map(entries.iter().map(entry).collect::<Lowered<_>>()?)
        }
        Ir::Comprehension(comprehension) => self::comprehension(comprehension)?,
        Ir::Let { value, body } => Node::Let(Box::new([node(value)?, node(body)?])),
        Ir::Switch(switch) => Node::Switch(Box::new(choice(switch)?)),
        Ir::Present(_) | Ir::And(_) | Ir::Or(_) | Ir::Matches { .. } | Ir::AnyOf { .. } => {
            Node::Test(test(ir)?)
        }
    })
}

/// Compiles an expression of which only the truth is needed.
pub(super) fn test(ir: &Ir) -> Lowered<Test> {
    Ok(match ir {
        Ir::And(operands) => Test::And(operands.iter().map(test).collect::<Lowered<_>>()?),
        Ir::Or(operands) => Test::Or(operands.iter().map(test).collect::<Lowered<_>>()?),
        Ir::Present(operand) => Test::Present(Box::new(node(operand)?)),
        Ir::Matches { operand, pattern } => {
            Test::Matches(Box::new(node(operand)?), Box::new(compiled(pattern)?))
        }
        Ir::AnyOf { list, values } => {
            let values = values.iter().map(|v| v.as_str().into()).collect();
            Test::AnyOf(Box::new(node(list)?), values)
        }
        _ => match node(ir)? {
            Node::Test(test) => test,
            other => Test::Truth(Box::new(other)),
        },
    })
}

fn operation(operator: Operator, operands: &[Ir]) -> Lowered<Node> {
    Ok(match (operator, operands) {
        (Operator::Not, [operand]) => Node::Test(Test::Not(Box::new(test(operand)?))),
        (_, [operand]) => Node::Unary(operator, Box::new(node(operand)?)),
        (Operator::Eq | Operator::Ne, [left, right]) => {
            Node::Test(equality(operator, left, right)?)
        }
        (Operator::In, [Ir::Const(OwnedValue::Str(text)), list @ Ir::Fact(_)]) => {
            let values = Box::new([text.as_str().into()]);
            Node::Test(Test::AnyOf(Box::new(node(list)?), values))
        }
        (Operator::In, [element, Ir::Const(set)]) => Node::Test(membership(element, set)?),
        (
            Operator::Lt | Operator::Le | Operator::Gt | Operator::Ge,
            [Ir::Fact(id), Ir::Const(OwnedValue::Int(number))],
        ) => Node::Test(Test::IntOrder(*id, operator, *number)),
        (
            Operator::In | Operator::Lt | Operator::Le | Operator::Gt | Operator::Ge,
            [left, right],
        ) => Node::Test(Test::Compare(
            operator,
            Box::new([node(left)?, node(right)?]),
        )),
        (_, [left, right]) => Node::Binary(operator, Box::new([node(left)?, node(right)?])),
        _ => Node::Fail(crate::EvalError::NoMatchingOverload),
    })
}

fn equality(operator: Operator, left: &Ir, right: &Ir) -> Lowered<Test> {
    let negated = operator == Operator::Ne;
    Ok(match (left, right) {
        (Ir::Fact(a), Ir::Fact(b)) => Test::Same(*a, *b, negated),
        (Ir::Fact(id), Ir::Const(value)) | (Ir::Const(value), Ir::Fact(id)) => {
            match fact_is(*id, value, negated) {
                Some(test) => test,
                None => Test::Compare(operator, Box::new([node(left)?, node(right)?])),
            }
        }
        _ => Test::Compare(operator, Box::new([node(left)?, node(right)?])),
    })
}

fn fact_is(id: FactId, value: &OwnedValue, negated: bool) -> Option<Test> {
    match value {
        OwnedValue::Str(text) => Some(Test::TextIs(id, text.as_str().into(), negated)),
        OwnedValue::Int(number) => Some(Test::IntIs(id, *number, negated)),
        _ => None,
    }
}

/// `element in constant`.
fn membership(element: &Ir, set: &OwnedValue) -> Lowered<Test> {
    let operand = node(element)?;
    let constants: &[OwnedValue] = match set {
        OwnedValue::List(list) => list,
        OwnedValue::Cidr(_) => std::slice::from_ref(set),
        _ => &[],
    };
    let texts: Option<Vec<SmolStr>> = constants.iter().map(as_text).collect();
    let nets: Option<Vec<IpNet>> = constants.iter().map(as_net).collect();
    Ok(match (texts, nets) {
        (Some(texts), _) if !texts.is_empty() => {
            Test::InTexts(Box::new(operand), TextSet::new(texts))
        }
        (_, Some(nets)) if !nets.is_empty() => Test::InNets(Box::new(operand), NetSet::new(&nets)),
        _ => Test::Compare(Operator::In, Box::new([operand, Node::Const(set.clone())])),
    })
}

fn as_text(value: &OwnedValue) -> Option<SmolStr> {
    match value {
        OwnedValue::Str(text) => Some(text.clone()),
        _ => None,
    }
}

fn as_net(value: &OwnedValue) -> Option<IpNet> {
    match value {
        OwnedValue::Cidr(net) => Some(*net),
        OwnedValue::Ip(ip) => Some(IpNet::from(*ip)),
        _ => None,
    }
}

fn call(function: Function, args: &[Ir]) -> Lowered<Node> {
    if let [operand, Ir::Const(OwnedValue::Str(constant))] = args {
        let constant = Box::from(constant.as_str());
        let fused = match function.declaration().name {
            "startsWith" => Some(Test::StartsWith(Box::new(node(operand)?), constant)),
            "endsWith" => Some(Test::EndsWith(Box::new(node(operand)?), constant)),
            "contains" => Some(Test::Contains(Box::new(node(operand)?), constant)),
            _ => None,
        };
        if let Some(test) = fused {
            return Ok(Node::Test(test));
        }
    }
    let declaration = function.declaration();
    let nodes = args.iter().map(node).collect::<Lowered<_>>()?;
    let search = crate::functions::search(declaration.name);
    if let (Some(search), [_, Ir::Const(OwnedValue::Str(pattern)), ..]) = (search, args)
        && let Ok(regex) = compiled(pattern)
    {
        return Ok(Node::Find(Box::new(Finder {
            search,
            args: nodes,
            regex,
        })));
    }
    Ok(Node::Call(declaration.eval, nodes))
}

fn compiled(pattern: &str) -> Lowered<Regex> {
    crate::regex::compile(pattern).map_err(|e| CompileError::Regex {
        pattern: pattern.to_owned(),
        reason: e.to_string(),
    })
}

fn list(elements: &[ListElement]) -> Lowered<Node> {
    let element = |e: &ListElement| Ok((node(&e.value)?, e.optional));
    Ok(Node::List(
        elements.iter().map(element).collect::<Lowered<_>>()?,
    ))
}

fn comprehension(c: &Comprehension) -> Lowered<Node> {
    let quantifier = |c: &Comprehension| {
        Ok(Box::new(Quantifier {
            range: node(&c.range)?,
            two_variables: c.two_variables,
            body: test(&c.body)?,
        }))
    };
    let kind = match c.kind {
        ComprehensionKind::All => return Ok(Node::Test(Test::All(quantifier(c)?))),
        ComprehensionKind::Exists => return Ok(Node::Test(Test::Exists(quantifier(c)?))),
        ComprehensionKind::ExistsOne => LoopKind::ExistsOne,
        ComprehensionKind::List => LoopKind::List,
        ComprehensionKind::Map => LoopKind::Map,
        ComprehensionKind::MapEntry => LoopKind::MapEntry,
        ComprehensionKind::SortBy => LoopKind::SortBy,
    };
    Ok(Node::Comprehension(Box::new(Loop {
        kind,
        range: node(&c.range)?,
        two_variables: c.two_variables,
        predicate: c.predicate.as_ref().map(test).transpose()?,
        body: node(&c.body)?,
    })))
}

fn choice(switch: &Switch) -> Lowered<Choice> {
    let arm = |(pattern, value): &(Ir, Ir)| Ok((node(pattern)?, node(value)?));
    Ok(Choice {
        subject: node(&switch.subject)?,
        arms: switch.arms.iter().map(arm).collect::<Lowered<_>>()?,
        otherwise: switch.otherwise.as_ref().map(node).transpose()?,
    })
}
