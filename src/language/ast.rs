//! The syntax tree: what was written, with the span of every node. Nothing here is evaluated.

use std::sync::Arc;

use crate::diagnostic::Span;
use crate::value::Number;

/// The content of a file or of a block.
#[derive(Clone, Debug)]
pub struct Body {
    /// Arguments in the order written.
    pub attributes: Vec<Attribute>,
    /// Blocks in the order written.
    pub blocks: Vec<Block>,
    /// From the first byte inside to the last; for a block, between its braces.
    pub span: Span,
    /// Places that could not be understood, which was reported. What is missing may be meant to stand there.
    pub gaps: Vec<Span>,
}

impl Body {
    /// The argument of a name.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| &*attribute.name.text == name)
    }

    /// The blocks of a type.
    pub fn blocks_of<'a>(&'a self, ty: &'a str) -> impl Iterator<Item = &'a Block> {
        self.blocks.iter().filter(move |block| &*block.ty.text == ty)
    }
}

/// A name and where it stands.
#[derive(Clone, Debug)]
pub struct Name {
    /// The name, without quotes.
    pub text: Arc<str>,
    /// Where it stands, with its quotes if it has them.
    pub span: Span,
}

/// `name = expression`.
#[derive(Clone, Debug)]
pub struct Attribute {
    /// The argument's name.
    pub name: Name,
    /// What it is set to.
    pub expr: Expr,
    /// Name and expression.
    pub span: Span,
}

/// `type "label" … { body }`.
#[derive(Clone, Debug)]
pub struct Block {
    /// The block's type.
    pub ty: Name,
    /// The labels, in quotes or bare.
    pub labels: Vec<Name>,
    /// What stands between the braces.
    pub body: Body,
    /// Type and labels: what a diagnostic shows as context.
    pub header: Span,
    /// The whole block.
    pub span: Span,
}

/// An expression and where it stands.
#[derive(Clone, Debug)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it stands.
    pub span: Span,
}

/// What an expression is.
#[derive(Clone, Debug)]
pub enum ExprKind {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A text without interpolation, escapes already resolved.
    String(Arc<str>),
    /// A text with interpolations or directives. Its value is always a string.
    Template(Vec<TemplatePart>),
    /// `"${x}"`: one interpolation and nothing else. Its value is that of the expression, whatever its type.
    Interpolation(Box<Expr>),
    /// The first name of a reference, such as `var` in `var.size`, or an iterator of an enclosing `for`.
    Variable(Arc<str>),
    /// `source.name`, also `source.0`, whose name is then a number.
    GetAttr(Box<Expr>, Name),
    /// `source[key]`.
    Index(Box<Expr>, Box<Expr>),
    /// `source.*.a.b` (attribute-only) or `source[*].a["k"]` (full).
    Splat {
        /// What is iterated.
        source: Box<Expr>,
        /// What is applied to each element: an expression over `ExprKind::SplatItem`.
        each: Box<Expr>,
    },
    /// The element of the innermost enclosing splat.
    SplatItem,
    /// `name(args…)`; the name may have a namespace: `provider::aws::arn_parse`.
    Call {
        /// The function's name.
        name: Name,
        /// The arguments.
        args: Vec<Expr>,
        /// Whether the last argument is followed by `...` and stands for many.
        expand: bool,
    },
    /// `condition ? yes : no`.
    Conditional(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `-x` or `!x`.
    Unary(UnaryOp, Box<Expr>),
    /// `a + b` and its like.
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    /// `[a, b]`.
    Tuple(Vec<Expr>),
    /// `{ key = value }`. A bare name as key is `ExprKind::String`; one in parentheses is any expression.
    Object(Vec<(Expr, Expr)>),
    /// `[for …]` or `{for …}`.
    For(Box<For>),
    /// `(x)`.
    Paren(Box<Expr>),
    /// What could not be understood, which was reported. Its value is unknown.
    Invalid,
}

/// A `for` expression.
#[derive(Clone, Debug)]
pub struct For {
    /// The name that takes each key or index, if there are two names.
    pub key: Option<Name>,
    /// The name that takes each element.
    pub value: Name,
    /// What is iterated.
    pub source: Expr,
    /// The key of each result; present in `{for …}` only.
    pub result_key: Option<Expr>,
    /// Each result.
    pub result: Expr,
    /// Whether results with one key are collected (`...`).
    pub group: bool,
    /// The condition behind `if`.
    pub condition: Option<Expr>,
}

/// A part of a template.
#[derive(Clone, Debug)]
pub enum TemplatePart {
    /// Text as it is, escapes resolved and strip markers applied.
    Text(Arc<str>, Span),
    /// `${x}`.
    Interpolation(Expr),
    /// `%{ if x }…%{ else }…%{ endif }`.
    If {
        /// The condition.
        condition: Expr,
        /// What stands between `if` and `else` or `endif`.
        yes: Vec<Self>,
        /// What stands between `else` and `endif`.
        no: Vec<Self>,
        /// From `%{ if` to the end of `endif`.
        span: Span,
    },
    /// `%{ for x in y }…%{ endfor }`.
    For {
        /// The name that takes each key or index, if there are two names.
        key: Option<Name>,
        /// The name that takes each element.
        value: Name,
        /// What is iterated.
        source: Expr,
        /// What stands between `for` and `endfor`.
        body: Vec<Self>,
        /// From `%{ for` to the end of `endfor`.
        span: Span,
    },
}

/// An operator in front of one operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOp {
    /// `-`
    Negate,
    /// `!`
    Not,
}

/// An operator between two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOp {
    /// `||`
    Or,
    /// `&&`
    And,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Modulo,
}
