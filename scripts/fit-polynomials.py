"""
Fits the polynomials of src/kernel/math/ and prints their coefficients, lowest power first, with the interval and the error.

    apt-get install python3-mpmath python3-numpy
    python3 scripts/fit-polynomials.py            # all of them, a few seconds
    python3 scripts/fit-polynomials.py exp sin    # some of them

Method: Remez exchange on a dense grid in 50 digits, for the error weighted as it reaches the result. Coefficients are
rounded all at once, or (f32) one at a time, lowest power first, fitting the rest again each time; the better set is printed.
"""
import sys
from mpmath import mp, mpf, cos, erf, erfc, exp, expm1, log, log1p, atanh, matrix, lu_solve, pi, sin, sqrt, tanh
import numpy

mp.dps = 50
GRID = 1200


def grid_of(low, high):
    """Chebyshev-spaced points, dense towards both ends."""
    return [(low + high) / 2 - (high - low) / 2 * cos(pi * (k + mpf(1) / 2) / GRID) for k in range(GRID)]


def solve(columns, target, weight, reference):
    size = len(columns) + 1
    a, b = matrix(size, size), matrix(size, 1)
    for row, k in enumerate(reference):
        for j, column in enumerate(columns):
            a[row, j] = column[k] * weight[k]
        a[row, size - 1] = (-1) ** row
        b[row] = target[k] * weight[k]
    return list(lu_solve(a, b))[:-1]


def error_of(columns, coefficients, target, weight):
    return [
        (sum(c * column[k] for c, column in zip(coefficients, columns)) - target[k]) * weight[k] for k in range(GRID)
    ]


def remez(columns, target, weight):
    """Coefficients with the least largest weighted error over the grid."""
    size = len(columns) + 1
    reference = sorted({min(GRID - 1, round((GRID - 1) * (j + 0.5) / size)) for j in range(size)})
    for _ in range(12):
        coefficients = solve(columns, target, weight, reference)
        error = error_of(columns, coefficients, target, weight)
        extrema = []  # the largest error of each run of one sign
        for k in range(GRID):
            if extrema and (error[k] > 0) == (error[extrema[-1]] > 0):
                if abs(error[k]) > abs(error[extrema[-1]]):
                    extrema[-1] = k
            else:
                extrema.append(k)
        while len(extrema) > size:
            extrema.pop(0 if abs(error[extrema[0]]) < abs(error[extrema[-1]]) else -1)
        if len(extrema) < size or extrema == reference:
            break
        reference = extrema
    return coefficients


def round_to(value, precision):
    return mpf(float(numpy.float32(float(value)))) if precision == 'f32' else mpf(float(value))


def fit(target, weight, low, high, count, precision, variable=lambda x: x):
    """`count` coefficients of a polynomial in variable(x) for target(x); weight(x) turns its error into that of the result."""
    points = grid_of(mpf(low), mpf(high))
    rest = [target(x) for x in points]
    weights = [weight(x) for x in points]
    columns = [[variable(x) ** j for x in points] for j in range(count)]
    at_once = [round_to(c, precision) for c in remez(columns, rest, weights)]
    one_by_one, left = [], rest
    for j in range(count if precision == 'f32' else 0):
        c = round_to(remez(columns[j:], left, weights)[0], precision)
        one_by_one.append(c)
        left = [t - c * power for t, power in zip(left, columns[j])]
    candidates = [at_once, one_by_one] if one_by_one else [at_once]
    worst = [max(map(abs, error_of(columns, c, rest, weights))) for c in candidates]
    return candidates[worst.index(min(worst))], min(worst)


one = mpf(1)
exp_half = log(mpf(2)) / 2 + mpf('1e-5')
trig_end = pi / 4 + mpf('0.004')
log2e = 1 / log(mpf(2))
cubic_high = round_to(2 * log2e / 3, 'f32')
cubic = cubic_high + round_to(2 * log2e / 3 - cubic_high, 'f32')  # as pow.ts has it

# name: (what is fitted, arguments of fit)
FITS = {
    'exp': ('(exp(r) - 1 - r) / r^2, error relative to expm1(r)',
            lambda r: (expm1(r) - r) / r**2, lambda r: abs(r**2 / expm1(r)), -exp_half, exp_half, 5, 'f32'),
    'log': ('(log(1 + f) - f + f^2/2) / f^3, error relative to log(1 + f)',
            lambda f: (log1p(f) - f + f**2 / 2) / f**3, lambda f: abs(f**3 / log1p(f)), sqrt(one / 2) - 1, sqrt(mpf(2)) - 1, 7, 'f32'),
    'sin': ('(sin(r) - r) / r^3 in r^2, error relative to sin(r)',
            lambda r: (sin(r) - r) / r**3, lambda r: r**3 / sin(r), '1e-3', trig_end, 3, 'f32', lambda r: r**2),
    'cos': ('(cos(r) - 1 + r^2/2) / r^4 in r^2, error relative to cos(r)',
            lambda r: (cos(r) - 1 + r**2 / 2) / r**4, lambda r: r**4 / cos(r), '1e-3', trig_end, 3, 'f32', lambda r: r**2),
    'erfSmall': ('erf(x) / x - 1 in x^2, error relative to erf(x)',
                 lambda x: erf(x) / x - 1, lambda x: x / erf(x), '1e-4', 1, 7, 'f32', lambda x: x**2),
    'erfLarge': ('-log(erfc(x)), error of erfc(x) relative to erf(x)',
                 lambda x: -log(erfc(x)), lambda x: erfc(x) / erf(x), 1, 4, 6, 'f32'),
    'powLog': ('the rest of log2((1 + s) / (1 - s)) / s after 2/ln 2 and the s^2 term, over s^4, in s^2; error relative to the logarithm',
               lambda s: (2 * log2e * (atanh(s) - s) / s**3 - cubic) / s**2, lambda s: s**5 / (2 * log2e * atanh(s)),
               '1e-3', (sqrt(mpf(2)) - 1) / (sqrt(mpf(2)) + 1), 3, 'f32', lambda s: s**2),
    'powExp': ('(2^f - 1) / f, error relative to 2^f',
               lambda f: (2**f - 1) / f, lambda f: abs(f) / 2**f, '-0.5001', '0.5001', 6, 'f32'),
    'erfSmallF64': ('erf(x) / x - 1 in x^2, error relative to erf(x)',
                    lambda x: erf(x) / x - 1, lambda x: x / erf(x), '1e-4', 1, 12, 'f64', lambda x: x**2),
    'erfLargeF64': ('exp(x^2) erfc(x) in t = (x - 2) / (x + 2), error of erfc(x) relative to erf(x)',
                    lambda x: exp(x**2) * erfc(x), lambda x: exp(-(x**2)) / erf(x), 1, 6, 14, 'f64', lambda x: (x - 2) / (x + 2)),
}


def tanh_quotient():
    """f32 alpha, beta, gamma with (alpha + beta z) / (gamma + z) = (1 - tanh(x)/x) / z for z = x^2, x to 0.626."""
    points = [z**2 for z in grid_of(mpf('1e-3'), mpf('0.626'))]
    target = [(1 - tanh(sqrt(z)) / sqrt(z)) / z for z in points]
    weight = [z * sqrt(z) / tanh(sqrt(z)) / (mpf('2.47') + z) for z in points]
    columns = [[one for z in points], points, [-g for g in target]]
    left, rounded = [g * z for g, z in zip(target, points)], []
    for j in (2, 0, 1):
        rest = sorted({0, 1, 2} - {k for k, _ in rounded} - {j})
        c = round_to(remez([columns[j]] + [columns[k] for k in rest], left, weight)[0], 'f32')
        rounded.append((j, c))
        left = [t - c * column for t, column in zip(left, columns[j])]
    (_, gamma), (_, alpha), (_, beta) = rounded
    worst = max(abs((1 - z * (alpha + beta * z) / (gamma + z)) / (tanh(sqrt(z)) / sqrt(z)) - 1) for z in points)
    return [alpha, beta, gamma], worst


def cody_waite(value, widths):
    """`value` as a sum of constants of `widths` significant bits, the last in f32."""
    parts, rest = [], value
    for width in widths:
        exponent = int(mp.floor(log(abs(rest), 2))) - width + 1
        part = mp.nint(rest / mpf(2) ** exponent) * mpf(2) ** exponent
        parts.append(part)
        rest -= part
    return [*parts, round_to(rest, 'f32')]


def main():
    wanted = sys.argv[1:] or [*FITS, 'tanh', 'constants']
    for name in wanted:
        if name == 'constants':
            print('ln 2 in two parts:', [float(c) for c in cody_waite(log(mpf(2)), [10])])
            print('pi/2 in parts:', [float(c) for c in cody_waite(pi / 2, [8, 8, 4, 8, 8])])
            continue
        if name == 'tanh':
            coefficients, worst = tanh_quotient()
            print(f'tanh: alpha, beta, gamma of the quotient, x to 0.626; {mp.nstr(worst, 3)} = 2^{mp.nstr(log(worst, 2), 4)}')
            print('  ', [float(c) for c in coefficients])
            continue
        what, target, weight, low, high, count, precision, *variable = FITS[name]
        coefficients, worst = fit(target, weight, low, high, count, precision, *variable)
        print(f'{name}: {what}; {mp.nstr(mpf(low), 8)} to {mp.nstr(mpf(high), 8)}; {mp.nstr(worst, 3)} = 2^{mp.nstr(log(worst, 2), 4)}')
        print('  [' + ', '.join(repr(float(c)) for c in coefficients) + ']')


main()
