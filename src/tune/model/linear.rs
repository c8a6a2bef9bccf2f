//! Systems of three linear equations.

pub(super) type Matrix = [[f64; 3]; 3];

/// The solution of `matrix x = right`, by Cramer's rule; none if the matrix is singular.
pub(super) fn solve(matrix: Matrix, right: [f64; 3]) -> Option<[f64; 3]> {
    let inverse = inverse(matrix)?;
    let dot = |row: [f64; 3]| row.iter().zip(right).map(|(a, b)| a * b).sum();
    Some(inverse.map(dot))
}

/// The inverse of a symmetric matrix with a positive diagonal; none if it is singular.
#[expect(
    clippy::many_single_char_names,
    reason = "they are the entries of the upper triangle, row by row"
)]
pub(super) fn inverse(matrix: Matrix) -> Option<Matrix> {
    // A unit diagonal makes the result independent of the size of the parameters.
    let scale = [matrix[0][0], matrix[1][1], matrix[2][2]].map(f64::sqrt);
    let [[a, b, c], [_, d, e], [_, _, f]] = scaled(matrix, scale.map(|scale| 1.0 / scale));
    let minors = [
        [d * f - e * e, c * e - b * f, b * e - c * d],
        [c * e - b * f, a * f - c * c, b * c - a * e],
        [b * e - c * d, b * c - a * e, a * d - b * b],
    ];
    let determinant = a * minors[0][0] + b * minors[0][1] + c * minors[0][2];
    if !(determinant.is_finite() && determinant > 1e-14) {
        return None;
    }
    let adjoint = scaled(minors, scale.map(|scale| 1.0 / scale));
    Some(adjoint.map(|row| row.map(|entry| entry / determinant)))
}

/// Rows and columns multiplied by equal factors.
fn scaled(matrix: Matrix, factors: [f64; 3]) -> Matrix {
    let mut scaled = matrix;
    for (row, factor) in scaled.iter_mut().zip(factors) {
        for (entry, other) in row.iter_mut().zip(factors) {
            *entry *= factor * other;
        }
    }
    scaled
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_solution_solves(entries in prop::array::uniform9(-2.0..2.0_f64), right in prop::array::uniform3(-5.0..5.0_f64)) {
            // A product with its own transpose is symmetric; adding the unit matrix makes it regular.
            let [a, b, c, d, e, f, g, h, i] = entries;
            let root = [[a, b, c], [d, e, f], [g, h, i]];
            let mut matrix = [[0.0; 3]; 3];
            for row in 0..3 {
                for column in 0..3 {
                    matrix[row][column] = (0..3).map(|k| root[row][k] * root[column][k]).sum();
                }
                matrix[row][row] += 1.0;
            }
            let solution = solve(matrix, right).unwrap();
            for row in 0..3 {
                let product: f64 = (0..3).map(|k| matrix[row][k] * solution[k]).sum();
                prop_assert!((product - right[row]).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn a_singular_matrix_has_no_inverse() {
        assert_eq!(
            inverse([[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
            None
        );
    }
}
