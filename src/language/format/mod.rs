//! The canonical style of a file, as `terraform fmt` has it: only blanks, the quotes of labels and what earlier versions of
//! the language wrote otherwise are changed.

mod layout;
pub(super) mod lexemes;
mod modernize;
mod spacing;

/// The text in canonical style. It must parse as a body without problems.
pub fn formatted(text: &str) -> String {
    layout::laid_out(&modernize::modernized(lexemes::lexemes(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_that_is_one_interpolation_becomes_its_expression() {
        assert_eq!(formatted("a = \"${ x }\" # c\n"), "a = x # c\n");
        assert_eq!(formatted("a = \"${x} \"\n"), "a = \"${x} \"\n");
        assert_eq!(formatted("a = [\"${x}\"]\n"), "a = [\"${x}\"]\n");
        assert_eq!(formatted("a = \"${\n  x ? 1\n  : 2\n}\"\n"), "a = (x ? 1\n: 2)\n");
    }

    #[test]
    fn a_comment_never_swallows_what_it_stands_before() {
        assert_eq!(formatted("a = \"${ # c\nx }\"\n"), "a = ( # c\nx)\n");
        assert_eq!(formatted("a /* b */ c {}\n"), "a /* b */ \"c\" {}\n");
    }

    #[test]
    fn only_the_types_of_variables_are_rewritten() {
        let text = "variable \"x\" {\n  type = list\n  y {\n    type = list\n  }\n}\n";
        assert_eq!(formatted(text), text.replacen("type = list\n", "type = list(any)\n", 1));
    }
}
