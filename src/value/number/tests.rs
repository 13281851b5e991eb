use super::*;

fn number(text: &str) -> Number {
    text.parse().unwrap()
}

fn shown(number: Option<Number>) -> String {
    number.map_or_else(|| "none".to_owned(), |number| number.to_string())
}

#[test]
fn numbers_print_plainly() {
    for (text, printed) in [
        ("1e3", "1000"),
        ("1.50", "1.5"),
        ("1e-3", "0.001"),
        (".5", "0.5"),
        ("5.", "5"),
        ("+7", "7"),
        ("1.5p3", "12"),
        ("-0.0", "-0"),
        ("inf", "+Inf"),
        ("-Inf", "-Inf"),
        ("0.1", "0.1"),
        ("123456789.000000001", "123456789.000000001"),
        ("9223372036854775808", "9223372036854775808"),
        ("-9223372036854775808", "-9223372036854775808"),
    ] {
        assert_eq!(number(text).to_string(), printed, "{text}");
    }
    for text in ["", "x", "1e", "1_000", "0x10", " 5", "5 ", ".", "--1", "1e999999999999", "infinity", "1e+"] {
        assert!(text.parse::<Number>().is_err(), "{text}");
    }
}

#[test]
fn division_is_rounded_to_512_bits_and_back() {
    let third = number("1").divide(&number("3")).unwrap();
    assert_eq!(third.to_string(), format!("0.{}5", "3".repeat(154)));
    assert_eq!(third.multiply(&number("3")), Some(number("1")));
    assert_eq!(shown(number("1").divide(&number("8"))), "0.125");
    assert_eq!(shown(number("-7").remainder(&number("3"))), "-1");
    assert_eq!(shown(number("7").remainder(&number("0"))), "7");
    assert_eq!(shown(number("5").remainder(&number("1.3"))), format!("1.1{}2", "0".repeat(152)));
}

#[test]
fn a_counted_number_has_64_bits_and_a_double_53() {
    let two_thirds = Number::from(2_i64).divide(&Number::from(3_i64));
    assert_eq!(shown(two_thirds), "0.6666666666666666667");
    let root = Number::from_f64(2_f64.sqrt()).unwrap();
    assert_eq!(root.to_string(), "1.4142135623730951");
    let tenth = Number::from_f64(0.1).unwrap();
    assert_eq!(tenth, number("0.1"));
    assert_eq!(tenth.order(&number("0.1")), Ordering::Greater);
    assert_eq!(Number::from_f64(2_f64.powi(60)).unwrap().to_string(), "1152921504606847000");
    for double in [0.1, -2.5e-308, 1e300, f64::from_bits(1), f64::MAX, 3.0, -0.0] {
        assert_eq!(Number::from_f64(double).unwrap().to_f64().to_bits(), f64::to_bits(double), "{double}");
        assert_eq!(number(&double.to_string()).to_f64().to_bits(), f64::to_bits(double), "{double}");
    }
}

#[test]
fn infinities_and_the_sign_of_nought_follow_the_rules_of_floating_point() {
    let (zero, one) = (number("0"), number("1"));
    let infinite = one.divide(&zero).unwrap();
    assert_eq!(shown(one.negate().divide(&zero)), "-Inf");
    assert_eq!(zero.divide(&zero), None);
    assert_eq!(infinite.subtract(&infinite), None);
    assert_eq!(infinite.multiply(&zero), None);
    assert_eq!(infinite.divide(&infinite), None);
    assert_eq!(shown(infinite.add(&one)), "+Inf");
    assert!(infinite > number("1e90000") && infinite.negate() < one);
    assert_eq!(shown(zero.multiply(&one.negate())), "-0");
    assert_eq!(zero.negate(), zero);
    assert_eq!(shown(zero.negate().add(&zero)), "0");
}

#[test]
fn whole_numbers_are_exact_beyond_64_bits() {
    let big = number("123456789012345678901234567890");
    assert_eq!(shown(big.add(&number("1"))), "123456789012345678901234567891");
    assert_eq!(big.to_i64(), None);
    assert_eq!(shown(number("9223372036854775807").add(&number("1"))), "9223372036854775808");
    assert_eq!(number("-9223372036854775808").to_i64(), Some(i64::MIN));
    assert_eq!(Number::from(i64::MIN).negate().to_string(), "9223372036854775808");
    assert_eq!(
        shown(Number::from(i64::MAX).multiply(&Number::from(i64::MAX))),
        "85070591730234615847396907784232501249"
    );
}

#[test]
fn rounding_to_whole_numbers_goes_the_way_it_says() {
    let both = |text: &str| (number(text).floor().to_string(), number(text).ceil().to_string());
    assert_eq!(both("2.5"), ("2".into(), "3".into()));
    assert_eq!(both("-2.5"), ("-3".into(), "-2".into()));
    assert_eq!(both("-0.5"), ("-1".into(), "0".into()));
    assert_eq!(both("1e30"), (format!("1{}", "0".repeat(30)), format!("1{}", "0".repeat(30))));
}

#[test]
fn numbers_far_apart_add_up_to_the_greater_one() {
    let (large, small) = (number("1e5000"), number("1e-5000"));
    assert_eq!(large.add(&small), Some(large.clone()));
    assert_eq!(large.subtract(&small), Some(large.clone()));
    assert!(small < large && large.negate() < small);
    assert_eq!(shown(number("1e90000").multiply(&number("1e90000"))), "+Inf");
    assert_eq!(shown(number("1e-90000").multiply(&number("1e-90000"))), "0");
}

mod laws {
    use super::*;
    use proptest::prelude::*;

    fn decimal() -> impl Strategy<Value = String> {
        "-?[0-9]{1,30}(\\.[0-9]{1,30})?(e-?[0-9]{1,2})?"
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_as_the_same_number(text in decimal()) {
            let one = number(&text);
            prop_assert_eq!(number(&one.to_string()).order(&one), Ordering::Equal);
        }

        // Below a power of two the doubles stand closer than above it, which the original leaves out of account.
        #[test]
        fn doubles_are_shown_as_the_shortest_text(double in any::<f64>().prop_filter("ordinary", |d| d.is_normal() && d.to_bits() << 12 != 0)) {
            let ours = Number::from_f64(double).unwrap().to_string();
            prop_assert_eq!(ours.parse::<f64>().unwrap().to_bits(), double.to_bits());
            let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>().trim_matches('0').len();
            prop_assert_eq!(digits(&ours), digits(&double.to_string()));
        }

        #[test]
        fn the_order_is_total(a in decimal(), b in any::<f64>(), c in decimal()) {
            let (a, b, c) = (number(&a), Number::from_f64(if b.is_nan() { 1.0 } else { b }).unwrap(), number(&c));
            prop_assert_eq!(a.cmp(&b), b.cmp(&a).reverse());
            if a <= b && b <= c {
                prop_assert!(a <= c);
            }
        }

        #[test]
        fn small_numbers_compute_as_integers_do(a in any::<i32>(), b in any::<i32>()) {
            let (x, y) = (Number::from(a), Number::from(b));
            let (a, b) = (i64::from(a), i64::from(b));
            prop_assert_eq!(x.add(&y), Some(Number::from(a + b)));
            prop_assert_eq!(x.subtract(&y), Some(Number::from(a - b)));
            prop_assert_eq!(x.multiply(&y), Some(Number::from(a * b)));
            if b != 0 {
                prop_assert_eq!(x.remainder(&y), Some(Number::from(a % b)));
            }
        }
    }
}
