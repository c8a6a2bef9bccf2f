//! What is measured by itself, its target, and what became of that.

/// A measured quantity, and what was hoped for.
#[derive(Debug)]
pub(crate) struct Quantity {
    pub(crate) work: &'static str,
    pub(crate) measured: String,
    /// What was measured along with it and puts it in proportion.
    pub(crate) beside: String,
    pub(crate) target: String,
    pub(crate) verdict: Verdict,
}

/// Whether a target was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Met,
    Missed,
}

impl Verdict {
    pub(crate) fn of(reached: bool) -> Self {
        if reached { Self::Met } else { Self::Missed }
    }

    /// The verdict on a quantity that should stay small.
    pub(crate) fn at_most(most: f64, measured: f64) -> Self {
        Self::of(measured <= most)
    }

    /// The verdict as the tables print it.
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::Missed => "missed",
        }
    }
}

/// The table of them.
pub(crate) fn table(measured: &[Quantity]) -> String {
    let row = |cells: [&str; 5]| {
        let [work, measured, beside, target, verdict] = cells;
        format!("{work:<13} {measured:<22} {beside:<42} {target:<10} {verdict}")
    };
    let heading = row(["work", "measured", "beside", "target", "verdict"]);
    let rows = measured.iter().map(|quantity| {
        row([
            quantity.work,
            &quantity.measured,
            &quantity.beside,
            &quantity.target,
            quantity.verdict.text(),
        ])
    });
    lines([heading].into_iter().chain(rows))
}

/// Rows, one a line.
pub(crate) fn lines(rows: impl Iterator<Item = String>) -> String {
    let rows: Vec<String> = rows.map(|row| row.trim_end().to_owned()).collect();
    rows.join("\n") + "\n"
}
