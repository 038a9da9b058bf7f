//! An interpreter that counts what an evaluation really costs, in the steps of [`crate::estimate`]:
//! it walks the expression itself, leaves single operators and functions to the compiled evaluator,
//! and charges each by the sizes that its operands have. Slow on purpose.

use crate::cost::{Bulk, Growth, call, collected, compared, deciding, operation, result, search};
use crate::program::FEW;
use crate::{
    Comprehension, ComprehensionKind, EvalError, FactId, Facts, Function, Ir, ListElement,
    MapElement, OwnedMap, OwnedValue, Program, Switch, Value,
};
use std::sync::Arc;

/// What an evaluation took.
#[derive(Clone, PartialEq, Debug)]
pub struct Count {
    /// Its steps.
    pub steps: u64,
    /// Its outcome.
    pub outcome: Result<OwnedValue, EvalError>,
    /// Calls whose result was larger than their declaration says; there should be none.
    pub outgrown: Vec<&'static str>,
}

/// Evaluates an expression and counts its steps.
pub fn count(ir: &Ir, fact: impl Fn(FactId) -> OwnedValue) -> Count {
    let mut counter = Counter {
        fact: &fact,
        scope: Vec::new(),
        steps: 0,
        outgrown: Vec::new(),
    };
    let outcome = counter.eval(ir);
    Count {
        steps: counter.steps,
        outcome,
        outgrown: counter.outgrown,
    }
}

type Outcome = Result<OwnedValue, EvalError>;

struct Counter<'c> {
    fact: &'c dyn Fn(FactId) -> OwnedValue,
    /// Variables; one whose value failed fails where it is used.
    scope: Vec<Outcome>,
    steps: u64,
    outgrown: Vec<&'static str>,
}

/// Constants read no facts.
struct Nothing;

impl Facts for Nothing {
    fn fact(&self, _: FactId) -> Result<Value<'_>, EvalError> {
        Err(EvalError::Unavailable)
    }
}

/// One operator or function over values.
fn single(ir: &Ir) -> Outcome {
    let program = Program::compile(ir).map_err(|_| EvalError::BadRegex)?;
    program.eval_owned(&Nothing)
}

fn constant(value: &OwnedValue) -> Ir {
    Ir::Const(value.clone())
}

impl Counter<'_> {
    fn pay(&mut self, steps: u64) {
        self.steps = self.steps.saturating_add(steps);
    }

    fn eval(&mut self, ir: &Ir) -> Outcome {
        match ir {
            Ir::Const(value) => Ok(value.clone()),
            Ir::Fail(error) => Err(*error),
            Ir::Fact(id) => {
                self.pay(1);
                Ok((self.fact)(*id))
            }
            Ir::Local(index) => {
                self.pay(1);
                let found = self.scope.iter().rev().nth(*index as usize);
                found
                    .cloned()
                    .unwrap_or(Err(EvalError::UndeclaredReference))
            }
            Ir::Select {
                operand,
                field,
                missing,
            } => {
                let operand = Box::new(constant(&self.eval(operand)?));
                self.pay(1 + (field.len() as u64).div_ceil(16));
                single(&Ir::Select {
                    operand,
                    field: field.clone(),
                    missing: *missing,
                })
            }
            Ir::HasField { operand, field } => {
                let operand = Box::new(constant(&self.eval(operand)?));
                self.pay(1 + (field.len() as u64).div_ceil(16));
                single(&Ir::HasField {
                    operand,
                    field: field.clone(),
                })
            }
            Ir::Index {
                operand,
                index,
                missing,
            } => {
                let (operand, index) = (self.eval(operand)?, self.eval(index)?);
                self.pay(1 + Bulk::of_value(&index).weight.div_ceil(16));
                single(&Ir::Index {
                    operand: Box::new(constant(&operand)),
                    index: Box::new(constant(&index)),
                    missing: *missing,
                })
            }
            Ir::Present(operand) => {
                let value = self.eval(operand)?;
                self.pay(1);
                Ok(OwnedValue::Bool(value != OwnedValue::Absent))
            }
            Ir::Operation(operator, operands) => {
                let values = self.all(operands)?;
                let sizes: Vec<Bulk> = values.iter().map(Bulk::of_value).collect();
                let set = matches!(operands.get(1), Some(Ir::Const(_)));
                match (operator, sizes.as_slice()) {
                    (crate::Operator::In, [element, _]) if set => {
                        self.pay(1 + element.weight.div_ceil(16));
                    }
                    _ => self.pay(operation(*operator, &sizes).0),
                }
                single(&Ir::Operation(
                    *operator,
                    values.iter().map(constant).collect(),
                ))
            }
            Ir::Call(function, args) => self.call(*function, args),
            Ir::And(parts) => self.absorb(parts, false),
            Ir::Or(parts) => self.absorb(parts, true),
            Ir::Conditional(parts) => {
                let [condition, then, otherwise] = parts.as_ref();
                self.pay(1);
                match self.truth(condition)? {
                    true => self.eval(then),
                    false => self.eval(otherwise),
                }
            }
            Ir::Coalesce(parts) => {
                let [left, right] = parts.as_ref();
                self.pay(1);
                match self.eval(left)? {
                    OwnedValue::Absent => self.eval(right),
                    present => Ok(present),
                }
            }
            Ir::List(elements) => self.list(elements),
            Ir::Map(entries) => self.map(entries),
            Ir::Comprehension(comprehension) => self.comprehension(comprehension),
            Ir::Let { value, body } => {
                self.pay(1);
                let value = self.eval(value);
                self.within(vec![value], |counter| counter.eval(body))
            }
            Ir::Switch(switch) => self.switch(switch),
            Ir::Matches { operand, pattern } => {
                let text = self.eval(operand)?;
                let sizes = [Bulk::of_value(&text), Bulk::text(pattern.len() as u64)];
                self.pay(deciding(&sizes));
                single(&Ir::Matches {
                    operand: Box::new(constant(&text)),
                    pattern: pattern.clone(),
                })
            }
            Ir::AnyOf { list, values } => {
                let list = self.eval(list)?;
                self.pay(1 + Bulk::of_value(&list).len);
                single(&Ir::AnyOf {
                    list: Box::new(constant(&list)),
                    values: values.clone(),
                })
            }
        }
    }

    fn all(&mut self, parts: &[Ir]) -> Result<Vec<OwnedValue>, EvalError> {
        parts.iter().map(|part| self.eval(part)).collect()
    }

    fn truth(&mut self, ir: &Ir) -> Result<bool, EvalError> {
        self.eval(ir)?.as_value().truth()
    }

    fn within<T>(&mut self, variables: Vec<Outcome>, body: impl FnOnce(&mut Self) -> T) -> T {
        let depth = self.scope.len();
        self.scope.extend(variables);
        let outcome = body(self);
        self.scope.truncate(depth);
        outcome
    }

    fn call(&mut self, function: Function, args: &[Ir]) -> Outcome {
        let values = self.all(args)?;
        let declaration = function.declaration();
        let outcome = single(&Ir::Call(function, values.iter().map(constant).collect()));
        let sizes: Vec<Bulk> = values.iter().map(Bulk::of_value).collect();
        let given = outcome
            .as_ref()
            .map_or_else(|_| Bulk::scalar(), Bulk::of_value);
        let cost = declaration.cost;
        self.pay(match args {
            [_, Ir::Const(OwnedValue::Str(_)), ..] => search(cost, &sizes, &given),
            _ => call(cost, &sizes, &given),
        });
        if cost.gives != Growth::Range && !result(cost.gives, &sizes).covers(&given) {
            self.outgrown.push(declaration.name);
        }
        outcome
    }

    /// `&&` and `||`: the deciding value wins over errors.
    fn absorb(&mut self, parts: &[Ir], deciding: bool) -> Outcome {
        let mut failure = None;
        for part in parts {
            match self.truth(part) {
                Ok(truth) if truth == deciding => return Ok(OwnedValue::Bool(deciding)),
                Ok(_) => {}
                Err(error) => {
                    failure.get_or_insert(error);
                }
            }
        }
        failure.map_or(Ok(OwnedValue::Bool(!deciding)), Err)
    }

    fn list(&mut self, elements: &[ListElement]) -> Outcome {
        let mut values = Vec::new();
        for element in elements {
            let value = self.eval(&element.value)?;
            values.extend(unwrapped(value, element.optional)?);
        }
        self.pay(1 + values.len() as u64);
        Ok(OwnedValue::list(values))
    }

    fn map(&mut self, entries: &[MapElement]) -> Outcome {
        let mut map = OwnedMap::default();
        for entry in entries {
            let (key, value) = (self.eval(&entry.key)?, self.eval(&entry.value)?);
            if let Some(value) = unwrapped(value, entry.optional)? {
                self.insert(&mut map, &key, value)?;
            }
        }
        self.pay(1);
        Ok(OwnedValue::Map(Arc::new(map)))
    }

    /// The evaluator searches the keys that are there already, by hash once they are many.
    fn insert(
        &mut self,
        map: &mut OwnedMap,
        key: &OwnedValue,
        value: OwnedValue,
    ) -> Result<(), EvalError> {
        let known = map.len() as u64;
        let hashed = 2 + Bulk::of_value(key).weight.div_ceil(16);
        self.pay(match known.cmp(&(FEW as u64)) {
            std::cmp::Ordering::Less => known,
            // The keys so far are hashed too.
            std::cmp::Ordering::Equal => hashed * (known + 1),
            std::cmp::Ordering::Greater => hashed,
        });
        let key = crate::MapKey::of(key.as_value()).ok_or(EvalError::BadKey)?;
        let equal = crate::operators::equal;
        let known = map
            .iter()
            .any(|(other, _)| equal(other.as_value(), key.as_value()));
        match known {
            true => Err(EvalError::DuplicateKey),
            false => {
                map.insert(key, value);
                Ok(())
            }
        }
    }

    fn comprehension(&mut self, c: &Comprehension) -> Outcome {
        let range = self.eval(&c.range)?;
        self.pay(1);
        let turns = turns(&range, c.two_variables)?;
        let size = Bulk::of_value(&range);
        match c.kind {
            ComprehensionKind::All => self.quantify(c, turns, false),
            ComprehensionKind::Exists => self.quantify(c, turns, true),
            kind => {
                let built = self.build(c, turns)?;
                let made = built.iter().map(|(_, body)| Bulk::of_value(body));
                let made = made.fold(Bulk::scalar(), Bulk::or);
                // Merging pays for each key that it takes.
                if kind != ComprehensionKind::MapEntry {
                    self.pay(collected(kind, &size, made).0);
                }
                self.finish(kind, &range, built)
            }
        }
    }

    fn quantify(&mut self, c: &Comprehension, turns: Vec<Turn>, deciding: bool) -> Outcome {
        let mut failure = None;
        for variables in turns {
            self.pay(1);
            match self.within(variables, |counter| counter.truth(&c.body)) {
                Ok(truth) if truth == deciding => return Ok(OwnedValue::Bool(deciding)),
                Ok(_) => {}
                Err(error) => {
                    failure.get_or_insert(error);
                }
            }
        }
        failure.map_or(Ok(OwnedValue::Bool(!deciding)), Err)
    }

    /// The bodies of the turns that are not skipped, with the place of each.
    fn build(
        &mut self,
        c: &Comprehension,
        turns: Vec<Turn>,
    ) -> Result<Vec<(usize, OwnedValue)>, EvalError> {
        let mut built = Vec::new();
        for (index, variables) in turns.into_iter().enumerate() {
            self.pay(1);
            let body = self.within(variables, |counter| {
                if let Some(predicate) = &c.predicate
                    && !counter.truth(predicate)?
                {
                    return Ok(None);
                }
                counter.eval(&c.body).map(Some)
            })?;
            built.extend(body.map(|body| (index, body)));
        }
        Ok(built)
    }

    fn finish(
        &mut self,
        kind: ComprehensionKind,
        range: &OwnedValue,
        built: Vec<(usize, OwnedValue)>,
    ) -> Outcome {
        match kind {
            ComprehensionKind::All | ComprehensionKind::Exists => Err(EvalError::BadArgument),
            ComprehensionKind::ExistsOne => {
                let mut holding = 0;
                for (_, body) in &built {
                    holding += usize::from(body.as_value().truth()?);
                }
                Ok(OwnedValue::Bool(holding == 1))
            }
            ComprehensionKind::List => Ok(OwnedValue::list(built.into_iter().map(|(_, b)| b))),
            ComprehensionKind::Map => {
                let keys = turns(range, true)?;
                let mut map = OwnedMap::default();
                for (index, body) in built {
                    let key = keys.get(index).and_then(|turn| turn.first().cloned());
                    let key = key.unwrap_or(Err(EvalError::NoSuchKey))?;
                    let key = crate::MapKey::of(key.as_value()).ok_or(EvalError::BadKey)?;
                    map.insert(key, body);
                }
                Ok(OwnedValue::Map(Arc::new(map)))
            }
            ComprehensionKind::MapEntry => {
                let mut merged = OwnedMap::default();
                for (_, body) in built {
                    let OwnedValue::Map(entries) = body else {
                        return Err(EvalError::NoMatchingOverload);
                    };
                    for (key, value) in entries.iter() {
                        let key = OwnedValue::from(key.as_value());
                        self.insert(&mut merged, &key, value.clone())?;
                    }
                }
                Ok(OwnedValue::Map(Arc::new(merged)))
            }
            ComprehensionKind::SortBy => {
                let OwnedValue::List(elements) = range else {
                    return Err(EvalError::NoMatchingOverload);
                };
                let mut order: Vec<&(usize, OwnedValue)> = built.iter().collect();
                crate::functions::sort_by_key(&mut order, |(_, key)| key.as_value())?;
                let places = order.into_iter().filter_map(|(at, _)| elements.get(*at));
                Ok(OwnedValue::list(places.cloned()))
            }
        }
    }

    fn switch(&mut self, switch: &Switch) -> Outcome {
        let subject = self.eval(&switch.subject)?;
        self.pay(1);
        for (pattern, value) in &switch.arms {
            let pattern = self.eval(pattern)?;
            self.pay(1 + compared(&Bulk::of_value(&subject), &Bulk::of_value(&pattern)));
            let equality = |operator, a, b| single(&Ir::Operation(operator, vec![a, b]));
            let (a, b) = (constant(&subject), constant(&pattern));
            let equal = equality(crate::Operator::Eq, a.clone(), b.clone())?;
            let within = match pattern {
                OwnedValue::Range(..) | OwnedValue::Cidr(_) => {
                    equality(crate::Operator::In, a, b).unwrap_or(OwnedValue::Bool(false))
                }
                _ => OwnedValue::Bool(false),
            };
            if equal.as_value().truth()? || within.as_value().truth()? {
                return self.eval(value);
            }
        }
        let otherwise = switch.otherwise.as_ref();
        otherwise.map_or(Ok(OwnedValue::Absent), |other| self.eval(other))
    }
}

/// The variables of one turn of a loop, the outer one first.
type Turn = Vec<Outcome>;

fn turns(range: &OwnedValue, two: bool) -> Result<Vec<Turn>, EvalError> {
    let pairs: Vec<(OwnedValue, OwnedValue)> = match range {
        OwnedValue::List(elements) => (0..)
            .zip(elements.iter())
            .map(|(index, element)| (OwnedValue::Int(index), element.clone()))
            .collect(),
        OwnedValue::Map(map) => map
            .iter()
            .map(|(key, value)| (OwnedValue::from(key.as_value()), value.clone()))
            .collect(),
        OwnedValue::Absent => return Err(EvalError::Absent),
        _ => return Err(EvalError::NoMatchingOverload),
    };
    let keyed = matches!(range, OwnedValue::Map(_));
    Ok(pairs
        .into_iter()
        .map(|(key, value)| match (two, keyed) {
            (true, _) => vec![Ok(key), Ok(value)],
            (false, true) => vec![Ok(key)],
            (false, false) => vec![Ok(value)],
        })
        .collect())
}

fn unwrapped(value: OwnedValue, optional: bool) -> Result<Option<OwnedValue>, EvalError> {
    match (optional, value) {
        (false, value) => Ok(Some(value)),
        (true, OwnedValue::Optional(inner)) => Ok(inner.map(Arc::unwrap_or_clone)),
        (true, _) => Err(EvalError::NoMatchingOverload),
    }
}
