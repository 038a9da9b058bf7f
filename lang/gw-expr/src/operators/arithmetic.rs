//! `+ - * / %`, with CEL's errors for overflow and division by zero.

use crate::value::{Rate, Timestamp};
use crate::{EvalError, List, Scratch, Value};
use bumpalo::collections::{String, Vec};

type Outcome<'a> = Result<Value<'a>, EvalError>;

pub(super) fn add<'a>(left: Value<'a>, right: Value<'a>, scratch: &'a Scratch) -> Outcome<'a> {
    match (left, right) {
        (Value::Int(a), Value::Int(b)) => int(a.checked_add(b)),
        (Value::Uint(a), Value::Uint(b)) => uint(a.checked_add(b)),
        (Value::Double(a), Value::Double(b)) => Ok(Value::Double(a + b)),
        (Value::Str(a), Value::Str(b)) => {
            let mut text = String::with_capacity_in(a.len() + b.len(), &scratch.0);
            text.push_str(a);
            text.push_str(b);
            Ok(Value::Str(text.into_bump_str()))
        }
        (Value::Bytes(a), Value::Bytes(b)) => {
            let all = a.iter().chain(b).copied();
            Ok(Value::Bytes(
                Vec::from_iter_in(all, &scratch.0).into_bump_slice(),
            ))
        }
        (Value::List(a), Value::List(b)) => {
            let all = Vec::from_iter_in(a.iter().chain(b.iter()), &scratch.0);
            Ok(Value::List(List::Values(all.into_bump_slice())))
        }
        (Value::Duration(a), Value::Duration(b)) => duration(a.checked_add(b)),
        (Value::Timestamp(t), Value::Duration(d)) | (Value::Duration(d), Value::Timestamp(t)) => {
            shift(t, i128::from(d))
        }
        _ => mismatch(left, right),
    }
}

pub(super) fn subtract<'a>(left: Value<'a>, right: Value<'a>) -> Outcome<'a> {
    match (left, right) {
        (Value::Int(a), Value::Int(b)) => int(a.checked_sub(b)),
        (Value::Uint(a), Value::Uint(b)) => uint(a.checked_sub(b)),
        (Value::Double(a), Value::Double(b)) => Ok(Value::Double(a - b)),
        (Value::Duration(a), Value::Duration(b)) => duration(a.checked_sub(b)),
        (Value::Timestamp(t), Value::Duration(d)) => shift(t, -i128::from(d)),
        (Value::Timestamp(a), Value::Timestamp(b)) => {
            duration(i64::try_from(a.to_nanos() - b.to_nanos()).ok())
        }
        _ => mismatch(left, right),
    }
}

pub(super) fn multiply<'a>(left: Value<'a>, right: Value<'a>) -> Outcome<'a> {
    match (left, right) {
        (Value::Int(a), Value::Int(b)) => int(a.checked_mul(b)),
        (Value::Uint(a), Value::Uint(b)) => uint(a.checked_mul(b)),
        (Value::Double(a), Value::Double(b)) => Ok(Value::Double(a * b)),
        (Value::Duration(d), Value::Int(n)) | (Value::Int(n), Value::Duration(d)) => {
            duration(d.checked_mul(n))
        }
        (Value::Rate(rate), Value::Int(n)) | (Value::Int(n), Value::Rate(rate)) => {
            let factor = u64::try_from(n).map_err(|_| EvalError::Overflow)?;
            let count = rate.count.checked_mul(factor).ok_or(EvalError::Overflow)?;
            Ok(Value::Rate(Rate { count, ..rate }))
        }
        _ => mismatch(left, right),
    }
}

pub(super) fn divide<'a>(left: Value<'a>, right: Value<'a>) -> Outcome<'a> {
    match (left, right) {
        (Value::Int(_) | Value::Duration(_), Value::Int(0)) | (Value::Uint(_), Value::Uint(0)) => {
            Err(EvalError::DivisionByZero)
        }
        (Value::Int(a), Value::Int(b)) => int(a.checked_div(b)),
        (Value::Uint(a), Value::Uint(b)) => uint(a.checked_div(b)),
        (Value::Double(a), Value::Double(b)) => Ok(Value::Double(a / b)),
        (Value::Duration(d), Value::Int(n)) => duration(d.checked_div(n)),
        _ => mismatch(left, right),
    }
}

pub(super) fn remainder<'a>(left: Value<'a>, right: Value<'a>) -> Outcome<'a> {
    match (left, right) {
        (Value::Int(_), Value::Int(0)) | (Value::Uint(_), Value::Uint(0)) => {
            Err(EvalError::DivisionByZero)
        }
        // The least int modulo -1 is an overflow in CEL.
        (Value::Int(a), Value::Int(b)) => int(a.checked_rem(b)),
        (Value::Uint(a), Value::Uint(b)) => uint(a.checked_rem(b)),
        _ => mismatch(left, right),
    }
}

fn int<'a>(result: Option<i64>) -> Outcome<'a> {
    result.map(Value::Int).ok_or(EvalError::Overflow)
}

fn uint<'a>(result: Option<u64>) -> Outcome<'a> {
    result.map(Value::Uint).ok_or(EvalError::Overflow)
}

fn duration<'a>(result: Option<i64>) -> Outcome<'a> {
    result.map(Value::Duration).ok_or(EvalError::Overflow)
}

fn shift<'a>(timestamp: Timestamp, nanos: i128) -> Outcome<'a> {
    let shifted = Timestamp::from_nanos(timestamp.to_nanos() + nanos);
    shifted.map(Value::Timestamp).ok_or(EvalError::Overflow)
}

fn mismatch<'a>(left: Value<'a>, right: Value<'a>) -> Outcome<'a> {
    if left.is_absent() || right.is_absent() {
        return Err(EvalError::Absent);
    }
    Err(EvalError::NoMatchingOverload)
}
