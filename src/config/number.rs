//! Numbers as values: whole numbers and sizes within bounds.

use std::fmt::{Debug, Display};
use std::ops::RangeInclusive;
use std::str::FromStr;

use super::value::{Domain, Fault, Form, Written, is_integer};

/// A whole number within bounds.
#[derive(Debug)]
pub(super) struct Count<N>(pub(super) RangeInclusive<N>);

impl<N> Domain for Count<N>
where
    N: FromStr + PartialOrd + Display + Debug + Sync + 'static,
{
    type Value = N;

    fn read(&self, written: &Written) -> Result<N, Fault> {
        let number = written.text.parse().ok().filter(|n| self.0.contains(n));
        match (number, written.form) {
            (Some(number), Form::Plain | Form::Bare) => Ok(number),
            (Some(_), _) => Err(Fault::new(self.whole_number(), written)
                .with_hint("a number is written without quotes")),
            (None, _) if is_integer(&written.text) => Err(Fault::new(self.bounds(), written)),
            (None, _) => Err(Fault::new(self.whole_number(), written)),
        }
    }

    fn text(&self, value: &N) -> String {
        value.to_string()
    }

    fn bounds(&self) -> String {
        format!("between {} and {}", self.0.start(), self.0.end())
    }
}

impl<N: Display> Count<N> {
    fn whole_number(&self) -> String {
        format!(
            "a whole number between {} and {}",
            self.0.start(),
            self.0.end()
        )
    }
}

/// A number of bytes within bounds, with or without a binary unit.
#[derive(Debug)]
pub(super) struct Size(pub(super) RangeInclusive<usize>);

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

impl Domain for Size {
    type Value = usize;

    fn read(&self, written: &Written) -> Result<usize, Fault> {
        let text = written.text.as_str();
        let (digits, unit) = text.split_at(text.trim_end_matches(char::is_alphabetic).len());
        let digits = digits.trim_end();
        let scale = match unit {
            "" => 1,
            "KiB" => KIB,
            "MiB" => MIB,
            _ => return Err(self.misspelt(digits, unit, written)),
        };
        digits
            .parse::<usize>()
            .ok()
            .and_then(|number| number.checked_mul(scale))
            .filter(|size| self.0.contains(size))
            .ok_or_else(|| {
                let what = if is_integer(digits) { "" } else { "a size " };
                Fault::new(format!("{what}{}", self.bounds()), written)
            })
    }

    fn text(&self, value: &usize) -> String {
        match *value {
            size if size.is_multiple_of(MIB) => format!("{}MiB", size / MIB),
            size if size.is_multiple_of(KIB) => format!("{}KiB", size / KIB),
            size => size.to_string(),
        }
    }

    fn bounds(&self) -> String {
        let (least, most) = (self.text(self.0.start()), self.text(self.0.end()));
        format!("between {least} and {most}")
    }
}

impl Size {
    /// The fault of a size with an unknown unit, with a suggestion.
    fn misspelt(&self, digits: &str, unit: &str, written: &Written) -> Fault {
        let fault = Fault::new(format!("a size {}", self.bounds()), written);
        let meant = match unit.chars().next() {
            Some('k' | 'K') => "KiB",
            Some('m' | 'M') => "MiB",
            _ => return fault,
        };
        if is_integer(digits) {
            fault.with_hint(format!("write \"{digits}{meant}\""))
        } else {
            fault
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault<D: Domain>(domain: &D, text: &str, form: Form) -> String {
        let text = text.to_owned();
        domain
            .read(&Written { text, form })
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn a_number_out_of_bounds_is_answered_with_the_bounds() {
        let domain = Count(1..=30_000_usize);
        for text in ["0", "30001", "-4", "99999999999999999999999999"] {
            assert_eq!(
                fault(&domain, text, Form::Plain),
                format!("must be between 1 and 30000, got {text}")
            );
        }
    }

    #[test]
    fn what_is_no_number_is_answered_with_what_is() {
        let domain = Count(1..=30_000_usize);
        for (text, form, answer) in [
            ("many", Form::Plain, "got many"),
            ("", Form::Plain, "got \"\""),
            ("1.5", Form::Bare, "got 1.5"),
            (
                "7",
                Form::Quoted,
                "got \"7\": a number is written without quotes",
            ),
        ] {
            assert_eq!(
                fault(&domain, text, form),
                format!("must be a whole number between 1 and 30000, {answer}")
            );
        }
    }

    #[test]
    fn a_misspelt_size_is_answered_with_the_unit_that_was_meant() {
        let domain = Size(48 * KIB..=16 * MIB);
        for (text, answer) in [
            (
                "64k",
                "a size between 48KiB and 16MiB, got 64k: write \"64KiB\"",
            ),
            (
                "2MB",
                "a size between 48KiB and 16MiB, got 2MB: write \"2MiB\"",
            ),
            ("64GiB", "a size between 48KiB and 16MiB, got 64GiB"),
            ("KiB", "a size between 48KiB and 16MiB, got KiB"),
            ("1KiB", "between 48KiB and 16MiB, got 1KiB"),
            (
                "99999999999999999999MiB",
                "between 48KiB and 16MiB, got 99999999999999999999MiB",
            ),
        ] {
            assert_eq!(
                fault(&domain, text, Form::Plain),
                format!("must be {answer}")
            );
        }
    }
}
