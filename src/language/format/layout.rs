//! Where each lexeme goes: the indentation of lines, blanks inside of them, and columns that neighbouring lines share.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use super::lexemes::{Form, Lexeme};
use super::spacing::space_between;
use crate::language::parse::Kind;

/// A line: what leads it, the assignment from its `=` on, and the comment behind it. Either of the last two may be empty.
struct Line {
    lead: Range<usize>,
    assign: Range<usize>,
    comment: Range<usize>,
}

/// The text of lexemes in the canonical layout.
pub(super) fn laid_out(lexemes: &[Lexeme<'_>]) -> String {
    let lines = lines(lexemes);
    let mut blanks = vec![0; lexemes.len()];
    indent(lexemes, &lines, &mut blanks);
    for line in &lines {
        space(lexemes, &line.lead, &mut blanks);
        space(lexemes, &line.assign, &mut blanks);
        if let Some(equals) = line.assign.clone().next() {
            blanks[equals] = 1;
        }
    }
    let columns = |cell: &Range<usize>, blanks: &[usize]| -> usize {
        cell.clone().map(|i| blanks[i] + lexemes[i].text.graphemes(true).count()).sum()
    };
    align(&lines, &mut blanks, |line| &line.assign, |line, blanks| columns(&line.lead, blanks));
    let before_comment = |line: &Line, blanks: &[usize]| columns(&line.lead, blanks) + columns(&line.assign, blanks);
    align(&lines, &mut blanks, |line| &line.comment, before_comment);

    let mut out = String::new();
    for (lexeme, blanks) in lexemes.iter().zip(blanks) {
        out.extend(std::iter::repeat_n(' ', blanks));
        out.push_str(&lexeme.text);
    }
    out
}

fn lines(lexemes: &[Lexeme<'_>]) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut start = 0;
    while start < lexemes.len() && !lexemes[start].is(Kind::End) {
        let length = lexemes[start..].iter().position(Lexeme::ends_line).map_or(lexemes.len() - start, |last| last + 1);
        let mut end = start + length;
        end -= usize::from(lexemes[end - 1].is(Kind::End));
        let mut line = Line { lead: start..end, assign: end..end, comment: end..end };
        split(lexemes, &mut line);
        lines.push(line);
        start = end;
    }
    lines
}

fn split(lexemes: &[Lexeme<'_>], line: &mut Line) {
    let Range { start, mut end } = line.lead;
    if end - start > 1 && lexemes[end - 1].is(Kind::Comment) {
        end -= 1;
        line.comment = end..end + 1;
        line.lead.end = end;
    }
    let equals = (start + 1..end).find(|i| lexemes[*i].is(Kind::Equal));
    line.assign = end..end;
    // What opens brackets that stay open is not aligned with its neighbours.
    if let Some(equals) = equals
        && lexemes[equals..end].iter().map(Lexeme::nesting).sum::<i32>() == 0
    {
        line.lead.end = equals;
        line.assign = equals..end;
    }
}

/// A line that opens brackets indents those behind it by one step, however many brackets there are.
fn indent(lexemes: &[Lexeme<'_>], lines: &[Line], blanks: &mut [usize]) {
    const STEP: usize = 2;
    let mut open: Vec<i32> = Vec::new();
    for line in lines {
        let first = line.lead.start;
        if lexemes[first].is(Kind::Newline) {
            continue;
        }
        let mut change = 0;
        for lexeme in &lexemes[line.lead.clone()] {
            change += lexeme.nesting();
            if lexeme.form == Form::OpenHeredoc {
                break;
            }
        }
        change += lexemes[line.assign.clone()].iter().map(Lexeme::nesting).sum::<i32>();
        let mut closed = -change;
        while closed > 0
            && let Some(step) = open.last_mut()
        {
            let taken = closed.min(*step);
            *step -= taken;
            closed -= taken;
            if *step == 0 {
                open.pop();
            }
        }
        blanks[first] = STEP * open.len();
        if change > 0 {
            open.push(change);
        }
    }
}

fn space(lexemes: &[Lexeme<'_>], cell: &Range<usize>, blanks: &mut [usize]) {
    for right in cell.clone().skip(1) {
        let before = (right - 1 > cell.start).then(|| &lexemes[right - 2]);
        blanks[right] = usize::from(space_between(before, &lexemes[right - 1], &lexemes[right]));
    }
}

/// Gives a cell the same column in all lines of each run of lines that have it.
fn align(
    lines: &[Line],
    blanks: &mut [usize],
    cell: impl Fn(&Line) -> &Range<usize>,
    width_before: impl Fn(&Line, &[usize]) -> usize,
) {
    for run in lines.chunk_by(|a, b| cell(a).is_empty() == cell(b).is_empty()) {
        if run.first().is_none_or(|line| cell(line).is_empty()) {
            continue;
        }
        let widths: Vec<usize> = run.iter().map(|line| width_before(line, blanks)).collect();
        let widest = widths.iter().copied().max().unwrap_or_default();
        for (line, width) in run.iter().zip(widths) {
            blanks[cell(line).start] = widest - width + 1;
        }
    }
}
