import type { Expr } from '../ir.ts'
import { add, binary, compare, div, host, like, mul, select, sub, unary } from '../builder.ts'
import { expParts } from './exp.ts'
import { signOf, withSign } from './float-bits.ts'
import { polynomial, splitPolynomial } from './polynomial.ts'

/** erf(x) / x − 1 in x² on |x| ≤ 1; relative error of erf at most 2^−29.3. */
const small = [
  0.12837916612625122, -0.3761262595653534, 0.11283578723669052, -0.026853347197175026, 0.005187162198126316,
  -0.0007997853099368513, 7.806903886375949e-5,
]
/** −log(erfc x) on [1, 4]; relative error of erf at most 2^−25.8. */
const large = [
  0.00261919223703444, 1.1176211833953857, 0.6542401909828186, 0.0887996256351471, -0.014831812120974064,
  0.0011572164949029684,
]

/**
 * Error function: within 1.45 ulp for every x (all f32 tried).
 * From 1 up it is 1 − e^−Q(x) with Q the polynomial of −log(erfc x): errors shrink by erfc x.
 */
export function erf(x: Expr): Expr {
  const size = unary('abs', x)
  const square = mul(x, x)
  const near = add(size, mul(size, splitPolynomial(small, square, mul(square, square))))
  const clamped = binary('pmin', size, like(x, 4))
  const exponent = splitPolynomial(large, clamped, mul(clamped, clamped))
  const { power, growth } = expParts(exponent, -1)
  const far = sub(like(x, 1), add(power, growth))
  return withSign(select(compare('lt', size, like(x, 1)), near, far), signOf(x))
}

/** As `small`, error at most 2^−54.7. */
const smallF64 = [
  0.12837916709551256, -0.3761263890318352, 0.11283791670944185, -0.026866170643111534, 0.005223977606118974,
  -0.0008548325929336933, 0.00012055293577535787, -1.492471231362445e-5, 1.6447131708150177e-6, -1.6206314761930654e-7,
  1.3710984560824226e-8, -7.779475954900194e-10,
]
/** e^x² · erfc x in (x − 2) / (x + 2) on [1, 6]; relative error of erf at most 2^−58.4. */
const largeF64 = [
  0.25539567631050575, -0.4271858474139583, 0.2416581942424577, -0.07897858101587293, 0.0037328924052843146,
  0.00699746176389294, -0.0008471432027807223, -0.000981978169349326, 4.3549437603378534e-5, 0.00017437057188075472,
  2.766815754646669e-5, -2.7319785416277328e-5, -1.4626433123793448e-5, -1.6465609619136764e-6,
]

/** Error function of f64: within 1.2 ulp (6000 points tried). From 1 up it is 1 − e^−x² · R(x). */
export function erfF64(x: Expr): Expr {
  const size = unary('abs', x)
  const near = add(x, mul(x, polynomial(smallF64, mul(x, x))))
  const clamped = binary('pmin', size, like(x, 6))
  const two = like(x, 2)
  const t = div(sub(clamped, two), add(clamped, two))
  const far = sub(like(x, 1), mul(host('exp', unary('neg', mul(clamped, clamped))), polynomial(largeF64, t)))
  const signed = select(compare('lt', x, like(x, 0)), unary('neg', far), far)
  return select(compare('lt', size, like(x, 1)), near, signed)
}
