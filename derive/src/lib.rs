//! `#[derive(Model)]`: one struct is a resource type's schema, its model and its reference page.
//!
//! Each field is an attribute, `#[attr(…)]`, or nested blocks, `#[block(…)]`; its doc comment is its documentation.
//! Raw identifiers (`r#type`) name the attribute without the prefix.
//!
//! `#[attr(…)]` takes `required`, `optional`, `computed`, `replace`, `sensitive`, `own`, `set` (a `Vec` field is a set),
//! `default = LITERAL`, `allowed = ["A", "B"]`, `min = N`, `max = N`, `same = PATH`, `follows = ["x"]`,
//! `conflicts = ["y"]` and `deprecated = "…"`.
//!
//! `#[block(…)]` takes `set`, `computed`, `replace`, `min = N`, `max = N` and `key = "name"`. A field of type `Option<T>` is
//! at most one block in a list, a field of type `Vec<T>` any number.

use proc_macro::TokenStream;
use proc_macro2::TokenStream as Tokens;
use quote::quote;
use syn::ext::IdentExt;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Expr, ExprLit, Fields, Lit, Meta, Token, Type, parse_macro_input};

/// Derives `recon::resource::Model`.
#[proc_macro_derive(Model, attributes(attr, block))]
pub fn derive_model(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    model(&input).unwrap_or_else(syn::Error::into_compile_error).into()
}

fn model(input: &DeriveInput) -> syn::Result<Tokens> {
    let Data::Struct(data) = &input.data else {
        return Err(syn::Error::new(input.span(), "only a struct can be a model"));
    };
    let Fields::Named(fields) = &data.fields else {
        return Err(syn::Error::new(input.span(), "the fields of a model have names"));
    };
    let name = &input.ident;
    let doc = doc_text(&input.attrs);
    let (mut schema, mut reads, mut writes) = (Vec::new(), Vec::new(), Vec::new());
    for field in &fields.named {
        let ident = field.ident.as_ref().ok_or_else(|| syn::Error::new(field.span(), "a field has a name"))?;
        let key = ident.unraw().to_string();
        let facts = Facts::of(field)?;
        schema.push(facts.schema(&key, &field.ty));
        let ty = &field.ty;
        let holder = facts.holder(ty);
        reads.push(quote! { #ident: #holder::read(value.get(#key), #key)? });
        writes.push(quote! { entries.insert(::std::sync::Arc::from(#key), #holder::write(&self.#ident)); });
    }
    Ok(quote! {
        impl crate::resource::Model for #name {
            const DOC: &'static str = #doc;
            fn block() -> crate::schema::Block {
                let mut block = crate::schema::Block::default();
                #(#schema)*
                block
            }
            fn from_value(value: &crate::value::Value) -> ::std::result::Result<Self, crate::resource::ModelError> {
                ::std::result::Result::Ok(Self { #(#reads),* })
            }
            fn to_value(&self) -> crate::value::Value {
                let mut entries = crate::value::Entries::new();
                #(#writes)*
                crate::value::Value::object(entries)
            }
        }
    })
}

fn doc_text(attrs: &[syn::Attribute]) -> String {
    let lines = attrs.iter().filter(|a| a.path().is_ident("doc")).filter_map(|a| match &a.meta {
        Meta::NameValue(pair) => match &pair.value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value().trim().to_owned()),
            _ => None,
        },
        _ => None,
    });
    lines.collect::<Vec<_>>().join(" ").trim().to_owned()
}

/// What the attributes of one field say.
struct Facts {
    block: bool,
    set: bool,
    doc: String,
    /// Assignments to the schema entry.
    settings: Vec<Tokens>,
}

impl Facts {
    fn of(field: &syn::Field) -> syn::Result<Self> {
        let doc = doc_text(&field.attrs);
        let mut facts = Self { block: false, set: false, doc, settings: Vec::new() };
        let marker = field.attrs.iter().find(|a| a.path().is_ident("attr") || a.path().is_ident("block"));
        let marker =
            marker.ok_or_else(|| syn::Error::new(field.span(), "a field is an #[attr(…)] or a #[block(…)]"))?;
        if facts.doc.is_empty() {
            return Err(syn::Error::new(field.span(), "a field has a doc comment: it is the reference page"));
        }
        facts.block = marker.path().is_ident("block");
        let items = match &marker.meta {
            Meta::Path(_) => Punctuated::new(),
            _ => marker.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated)?,
        };
        for item in items {
            facts.take(&item, &field.ty)?;
        }
        Ok(facts)
    }

    fn take(&mut self, item: &Meta, ty: &Type) -> syn::Result<()> {
        let name = item.path().require_ident()?.clone();
        let setting = match (name.to_string().as_str(), item) {
            ("set", Meta::Path(_)) => {
                self.set = true;
                return Ok(());
            }
            ("computed" | "replace", Meta::Path(_)) => quote! { it.#name = true; },
            ("required" | "optional" | "sensitive" | "own", Meta::Path(_)) if !self.block => {
                quote! { it.#name = true; }
            }
            ("min", Meta::NameValue(pair)) if self.block => {
                let number = &pair.value;
                quote! { it.min = #number; }
            }
            ("min" | "max", Meta::NameValue(pair)) => {
                let number = &pair.value;
                quote! { it.#name = Some(#number); }
            }
            ("key", Meta::NameValue(pair)) if self.block => {
                let text = &pair.value;
                quote! { it.key = Some(#text); }
            }
            ("default", Meta::NameValue(pair)) if !self.block => {
                let literal = &pair.value;
                quote! { it.default = Some(<#ty as crate::resource::Field>::literal(#literal)); }
            }
            ("allowed" | "follows" | "conflicts", Meta::NameValue(pair)) if !self.block => {
                let list = &pair.value;
                quote! { it.#name = &#list; }
            }
            ("same", Meta::NameValue(pair)) if !self.block => {
                let path = &pair.value;
                quote! { it.same = #path; }
            }
            ("explain", Meta::NameValue(pair)) if !self.block => {
                let path = &pair.value;
                quote! { it.explain = Some(#path); }
            }
            ("deprecated", Meta::NameValue(pair)) if !self.block => {
                let text = &pair.value;
                quote! { it.deprecated = Some(#text); }
            }
            _ => return Err(syn::Error::new(item.span(), "not known here")),
        };
        self.settings.push(setting);
        Ok(())
    }

    /// The type whose `read` and `write` turn the field into a value and back.
    fn holder(&self, ty: &Type) -> Tokens {
        match (self.block, self.set) {
            (false, false) => quote! { crate::resource::AsAttribute::<#ty> },
            (false, true) => quote! { crate::resource::AsSet::<#ty> },
            (true, false) => quote! { crate::resource::AsBlocks::<#ty> },
            (true, true) => quote! { crate::resource::AsBlockSet::<#ty> },
        }
    }

    fn schema(&self, key: &str, ty: &Type) -> Tokens {
        let holder = self.holder(ty);
        let (doc, settings) = (&self.doc, &self.settings);
        if self.block {
            quote! {{
                let mut it = #holder::nested(#doc);
                #(#settings)*
                block.blocks.insert(#key, it);
            }}
        } else {
            quote! {{
                let mut it = crate::schema::Attribute::optional(#holder::ty());
                it.optional = false;
                it.doc = #doc;
                #(#settings)*
                block.attributes.insert(#key, it);
            }}
        }
    }
}
