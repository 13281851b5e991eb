//! The built-in functions: one table, and how arguments reach them.
//!
//! Unless a parameter says otherwise, a null argument is a mistake, an argument that is not wholly known makes the result
//! unknown, and the marks of arguments pass to the result.

mod ciphers;
mod collections;
mod conversion;
mod csv;
mod dates;
mod digits;
mod doubles;
mod encoding;
mod files;
mod format;
mod hashes;
mod ip;
mod maps;
mod numbers;
mod provider;
mod provider_aws;
mod regexes;
mod strings;
mod templates;
mod yaml;
mod yaml_write;

use std::collections::HashMap;
use std::path::Path;
use std::sync::LazyLock;

use super::ast::{Expr, Name};
use super::eval::{Env, Evaluator, Scope};
use crate::diagnostic::{Diagnostics, Signature, Span, did_you_mean};
use crate::value::{Data, Marks, Type, Value, convert};

/// A function of the language.
pub(super) struct Function {
    /// What it is called.
    name: &'static str,
    /// The parameters it always takes.
    params: &'static [Param],
    /// The parameter that any number of further arguments are for.
    rest: Option<Param>,
    /// The type of the result, as far as it is the same for all arguments.
    returns: Want,
    /// The type of the result where it depends on the arguments, for functions that never give null.
    gives: Option<Gives>,
    /// The function itself.
    run: Run,
}

type Gives = fn(&[Value]) -> Option<Type>;
type Run = fn(&Given<'_>, &[Value]) -> Result<Value, Fault>;

impl Function {
    const fn new(name: &'static str, params: &'static [Param], returns: Want, run: Run) -> Self {
        Self { name, params, rest: None, returns, gives: None, run }
    }

    /// That the result is never null, and its type as far as the arguments tell it.
    const fn giving(mut self, gives: Gives) -> Self {
        self.gives = Some(gives);
        self
    }

    /// What stands for a result that is not known yet.
    fn unknown(&self, args: &[Value]) -> Value {
        match self.gives {
            Some(gives) => Value::unknown_not_null(gives(args).filter(|ty| !ty.has_dynamic()).unwrap_or(Type::Dynamic)),
            None => self.returns.unknown(),
        }
    }

    const fn rest(mut self, rest: Param) -> Self {
        self.rest = Some(rest);
        self
    }

    fn signature(&self) -> Signature {
        let named = |param: &Param| (param.name.to_owned(), param.want.ty());
        Signature {
            name: self.name.to_owned(),
            params: self.params.iter().map(named).collect(),
            rest: self.rest.as_ref().map(named),
            returns: self.returns.ty(),
        }
    }
}

/// What an argument is converted to before a function sees it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Want {
    /// Any value, as it is.
    Any,
    /// `string`
    Text,
    /// `string`, and nothing that could be converted to one.
    JustText,
    /// `number`
    Number,
    /// `bool`
    Bool,
    /// `list(any)`
    List,
    /// `list(string)`
    Texts,
    /// `list(number)`
    Numbers,
    /// `list(bool)`
    Bools,
    /// `set(any)`
    Set,
    /// `map(list(string))`
    MapOfTexts,
}

impl Want {
    fn ty(self) -> Type {
        match self {
            Self::Any => Type::Dynamic,
            Self::Text | Self::JustText => Type::String,
            Self::Number => Type::Number,
            Self::Bool => Type::Bool,
            Self::List => Type::list(Type::Dynamic),
            Self::Texts => Type::list(Type::String),
            Self::Numbers => Type::list(Type::Number),
            Self::Bools => Type::list(Type::Bool),
            Self::Set => Type::set(Type::Dynamic),
            Self::MapOfTexts => Type::map(Type::list(Type::String)),
        }
    }

    /// What stands for a result that is not known yet.
    fn unknown(self) -> Value {
        match self {
            Self::Any => Value::unknown(Type::Dynamic),
            want => {
                let ty = want.ty();
                // A collection of anything is not a type that a value can have.
                let ty = if ty.has_dynamic() { Type::Dynamic } else { ty };
                Value::unknown_not_null(ty)
            }
        }
    }
}

/// A parameter of a function.
#[derive(Clone, Copy)]
pub(super) struct Param {
    name: &'static str,
    want: Want,
    null: bool,
    unknown: Unknown,
    marks: MarksOf,
}

/// Whose marks are taken off an argument and put on the result.
#[derive(Clone, Copy, PartialEq, Eq)]
enum MarksOf {
    /// Those of the argument and of everything in it.
    All,
    /// Those of the argument; what it holds keeps its own.
    Whole,
    /// None: the function deals with marks.
    None,
}

/// What an unknown argument does.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unknown {
    /// Makes the result unknown, also where only a part of the argument is unknown.
    Ends,
    /// Makes the result unknown where the whole argument is; the function deals with unknown parts.
    EndsWhole,
    /// The function deals with it.
    Passes,
}

impl Param {
    const fn new(name: &'static str, want: Want) -> Self {
        Self { name, want, null: false, unknown: Unknown::Ends, marks: MarksOf::All }
    }

    const fn named(mut self, name: &'static str) -> Self {
        self.name = name;
        self
    }

    /// Null is an argument like others.
    const fn nullable(mut self) -> Self {
        self.null = true;
        self
    }

    /// The function deals with unknown elements.
    const fn partly_unknown(mut self) -> Self {
        self.unknown = Unknown::EndsWhole;
        self
    }

    /// The function deals with unknown arguments.
    const fn unknown(mut self) -> Self {
        self.unknown = Unknown::Passes;
        self
    }

    /// The function deals with marks, its own and those inside.
    const fn marked(mut self) -> Self {
        self.marks = MarksOf::None;
        self
    }

    /// Elements pass through the function with their marks.
    const fn marked_inside(mut self) -> Self {
        self.marks = MarksOf::Whole;
        self
    }
}

/// Why a function has no result.
pub(super) enum Fault {
    /// An argument, counted from 0, is not what it should be.
    Argument(usize, String),
    /// Something else is wrong.
    Call(String),
}

impl Fault {
    /// An argument, counted from 0, is not what it should be.
    fn arg(position: usize, what: impl Into<String>) -> Self {
        Self::Argument(position, what.into())
    }

    /// The same fault, of which is only said where it is.
    fn without_reason(self) -> Self {
        const HIDDEN: &str = "an argument is sensitive, so the reason is not shown";
        match self {
            Self::Argument(position, _) => Self::arg(position, HIDDEN),
            Self::Call(_) => Self::Call(HIDDEN.into()),
        }
    }
}

/// What a function may use beside its arguments.
pub(super) struct Given<'a> {
    evaluator: &'a Evaluator<'a>,
}

impl<'a> Given<'a> {
    fn folder(&self) -> &'a Path {
        self.evaluator.scope.folder()
    }

    fn scope(&self) -> &'a dyn Scope {
        self.evaluator.scope
    }
}

/// All functions, family by family.
static FAMILIES: &[&[Function]] = &[
    ciphers::TABLE,
    collections::TABLE,
    conversion::TABLE,
    csv::TABLE,
    dates::TABLE,
    encoding::TABLE,
    files::TABLE,
    format::TABLE,
    hashes::TABLE,
    ip::TABLE,
    maps::TABLE,
    numbers::TABLE,
    provider::TABLE,
    provider_aws::TABLE,
    regexes::TABLE,
    strings::TABLE,
    templates::TABLE,
    yaml::TABLE,
];

static BY_NAME: LazyLock<HashMap<&'static str, &'static Function>> =
    LazyLock::new(|| FAMILIES.iter().flat_map(|family| family.iter()).map(|f| (f.name, f)).collect());

/// Functions of the language that take their arguments unevaluated.
const SPECIAL: [&str; 2] = ["try", "can"];

/// Every function name.
fn names() -> impl Iterator<Item = &'static str> {
    BY_NAME.keys().copied().chain(SPECIAL)
}

/// Reports a name that is no function. `true` where all is well.
pub(super) fn check_name(name: &Name, problems: &mut Diagnostics) -> bool {
    let text = name.text.strip_prefix("core::").unwrap_or(&name.text);
    if BY_NAME.contains_key(text) || SPECIAL.contains(&text) {
        return true;
    }
    if text == "type" {
        let detail = "The function `type` is there in `recon console` only, and as a whole expression.";
        problems.error("Invalid use of type function").at(name.span).detail(detail);
    } else if text.starts_with("provider::") {
        let detail = format!("There is no function `{text}` in the providers that recon has.");
        let known = BY_NAME.keys().copied().filter(|known| known.starts_with("provider::"));
        let help = did_you_mean(text, known);
        problems.error("Unknown provider function").at(name.span).detail(detail).help(help);
    } else {
        let detail = format!("There is no function named \"{text}\".");
        problems.error("Call to unknown function").at(name.span).detail(detail).help(did_you_mean(text, names()));
    }
    false
}

/// Calls a function.
pub(super) fn call(
    evaluator: &Evaluator<'_>,
    name: &Name,
    args: &[Expr],
    expand: bool,
    span: Span,
    env: Option<&Env<'_>>,
    problems: &mut Diagnostics,
) -> Value {
    if !check_name(name, problems) {
        return Value::unknown(Type::Dynamic);
    }
    let text = name.text.strip_prefix("core::").unwrap_or(&name.text);
    match text {
        "try" => return conversion::try_each(evaluator, args, name.span, env, problems),
        "can" => return conversion::can(evaluator, args, name.span, env, problems),
        "templatestring" => {
            if let Some(template) = args.first().filter(|template| !templates::is_reference(template)) {
                let detail = "Invalid value for \"template\" parameter: a template must be given by reference, such as \
                              `local.greeting`. A template written in place is an ordinary string template, \
                              which needs no function.";
                problems.error("Invalid function argument").at(template.span).within(span).detail(detail);
                return Value::unknown(Type::Dynamic);
            }
        }
        _ => {}
    }
    let Some(function) = BY_NAME.get(text) else {
        return Value::unknown(Type::Dynamic);
    };
    let mut values: Vec<Value> = Vec::with_capacity(args.len());
    let before = problems.len();
    for (i, arg) in args.iter().enumerate() {
        let value = evaluator.eval(arg, env, problems);
        if expand && i + 1 == args.len() {
            if !push_expanded(&value, arg.span, &mut values, problems) {
                return function.returns.unknown().marked(value.marks());
            }
        } else {
            values.push(value);
        }
    }
    let place = |i: usize| args.get(i).or(args.last()).map_or(name.span, |arg| arg.span);
    if !arity(function, values.len(), name, &place, span, problems) {
        return function.returns.unknown();
    }
    if problems.len() > before {
        return Value::unknown(Type::Dynamic);
    }
    match prepare(function, &mut values) {
        Ok(Some((marks, unknown))) => {
            if unknown {
                return function.unknown(&values).marked(marks);
            }
            match (function.run)(&Given { evaluator }, &values) {
                Ok(value) => value.marked(marks),
                // What a function says of its arguments may quote them.
                Err(fault) if marks.has(Marks::SENSITIVE) => {
                    report(function, fault.without_reason(), name, span, &place, &values, problems).marked(marks)
                }
                Err(fault) => report(function, fault, name, span, &place, &values, problems),
            }
        }
        Ok(None) => function.returns.unknown(),
        Err(fault) => report(function, fault, name, span, &place, &values, problems),
    }
}

fn push_expanded(value: &Value, span: Span, values: &mut Vec<Value>, problems: &mut Diagnostics) -> bool {
    let summary = "Invalid expanding argument value";
    match value.data() {
        Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items) => {
            values.extend(items.iter().map(|item| item.clone().marked(value.marks())));
            true
        }
        Data::Unknown(Type::Dynamic | Type::List(_) | Type::Set(_) | Type::Tuple(_), _) => false,
        Data::Null(_) => {
            problems.error(summary).at(span).detail("The expanding argument (indicated by ...) must not be null.");
            false
        }
        _ => {
            let detail = "The expanding argument (indicated by ...) must be of a tuple, list, or set type.";
            problems.error(summary).at(span).detail(detail);
            false
        }
    }
}

fn arity(
    function: &Function,
    given: usize,
    name: &Name,
    place: &dyn Fn(usize) -> Span,
    span: Span,
    problems: &mut Diagnostics,
) -> bool {
    if let Some(missing) = function.params.get(given) {
        let detail = format!(
            "Function \"{}\" expects {}. Missing value for \"{}\".",
            name.text,
            expected(function),
            missing.name
        );
        problems.error("Not enough function arguments").at(span).detail(detail).calling(function.signature());
        return false;
    }
    if given > function.params.len() && function.rest.is_none() {
        let detail = format!("Function \"{}\" expects only {}.", name.text, expected(function));
        let extra = place(function.params.len());
        problems
            .error("Too many function arguments")
            .at(extra)
            .within(span)
            .detail(detail)
            .calling(function.signature());
        return false;
    }
    true
}

fn expected(function: &Function) -> String {
    let plural = if function.params.len() == 1 { "" } else { "s" };
    format!("{} argument{plural}", function.params.len())
}

/// Brings arguments to the form the function takes. Gives their marks, and whether the result is unknown because of them.
fn prepare(function: &Function, values: &mut [Value]) -> Result<Option<(Marks, bool)>, Fault> {
    let mut marks = Marks::NONE;
    let mut unknown = false;
    for (i, value) in values.iter_mut().enumerate() {
        let Some(param) = function.params.get(i).or(function.rest.as_ref()) else {
            return Ok(None);
        };
        if value.is_null() && !param.null {
            return Err(Fault::arg(i, "argument must not be null"));
        }
        if param.want == Want::JustText && !matches!(value.ty(), Type::String | Type::Dynamic) {
            return Err(Fault::arg(i, "a string is required"));
        }
        if param.want != Want::Any {
            *value = convert(value, &param.want.ty()).map_err(|error| Fault::arg(i, error.to_string()))?;
        }
        match param.marks {
            MarksOf::All => {
                let found = value.marks_deep();
                if !found.is_none() {
                    marks = marks.and(found);
                    *value = value.unmark_deep().0;
                }
            }
            MarksOf::Whole => {
                marks = marks.and(value.marks());
                *value = value.clone().unmarked();
            }
            MarksOf::None => {}
        }
        unknown |= match param.unknown {
            Unknown::Ends => !value.is_wholly_known(),
            Unknown::EndsWhole => !value.is_known(),
            Unknown::Passes => false,
        };
    }
    Ok(Some((marks, unknown)))
}

fn report(
    function: &Function,
    fault: Fault,
    name: &Name,
    span: Span,
    place: &dyn Fn(usize) -> Span,
    values: &[Value],
    problems: &mut Diagnostics,
) -> Value {
    match fault {
        Fault::Argument(i, what) => {
            let param = function.params.get(i).or(function.rest.as_ref());
            let param = param.map_or("value", |param| param.name);
            let detail = format!("Invalid value for \"{param}\" parameter: {}", sentence(&what));
            let problem = problems.error("Invalid function argument").at(place(i)).within(span).detail(detail);
            problem.calling(function.signature());
        }
        Fault::Call(what) => {
            let detail = format!("Call to function \"{}\" failed: {}", name.text, sentence(&what));
            let problem = problems.error("Error in function call").at(name.span).within(span).detail(detail);
            problem.calling(function.signature());
        }
    }
    let marks = values.iter().fold(Marks::NONE, |marks, value| marks.and(value.marks_deep()));
    Value::unknown(Type::Dynamic).marked(marks)
}

fn sentence(what: &str) -> String {
    if what.ends_with(['.', '?']) { what.to_owned() } else { format!("{what}.") }
}

#[cfg(test)]
mod tests;
