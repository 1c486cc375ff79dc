import assert from 'node:assert/strict'
import fc from 'fast-check'
import { UserError } from '../../../../protocols/common/errors.ts'
import * as units from '../../../../protocols/common/units.ts'
import { check } from '../../../support/market/property.ts'

const BAD = { name: 'InvalidInputError' }
const F = 'field'

describe('units', () => {
  for (const [text, bytes] of [
    ['256MiB', 268_435_456],
    ['1GB', 1_000_000_000],
    ['0.5gib', 536_870_912],
    ['1.3 MiB', 1_363_149],
    ['0B', 0],
    ['7 b', 7]
  ] as const) {
    it(`args: size ${text}`, () => assert.equal(units.parseSize(text, F), bytes))
  }
  for (const wrong of [
    '',
    '5',
    '5M',
    '-1MB',
    '1e3MB',
    '1,5MB',
    'MB',
    '1MB 2MB',
    '9'.repeat(40),
    '1'.repeat(100),
    5,
    null,
    '9000000TiB'
  ]) {
    it(`error: size ${String(wrong).slice(0, 12)}`, () => assert.throws(() => units.parseSize(wrong, F), BAD))
  }

  for (const [text, ms] of [
    ['2m', 120_000],
    ['90s', 90_000],
    ['1500ms', 1500],
    ['1m30s', 90_000],
    ['1.5h', 5_400_000],
    ['0.1ms', 1]
  ] as const) {
    it(`args: duration ${text}`, () => assert.equal(units.parseDuration(text, F), ms))
  }
  for (const wrong of ['60', '1y', 'm', 60, '1m 30']) {
    it(`error: duration ${wrong}`, () => assert.throws(() => units.parseDuration(wrong, F), BAD))
  }

  for (const [value, millis] of [
    ['0.5', 500],
    ['500m', 500],
    [0.5, 500],
    [2, 2000],
    ['0.0001', 1]
  ] as const) {
    it(`args: cpu ${JSON.stringify(value)}`, () => assert.equal(units.parseCpu(value, F), millis))
  }
  for (const wrong of [1e-7, Number.NaN, Number.POSITIVE_INFINITY, -1, '1 core', 1e30]) {
    it(`error: cpu ${wrong}`, () => assert.throws(() => units.parseCpu(wrong, F), BAD))
  }

  it('args: percent', () => assert.deepEqual([units.parsePercent('5%', F), units.parsePercent('0.5%', F)], [50, 5]))
  it('error: percent finer than a thousandth', () => assert.throws(() => units.parsePercent('0.05%', F), BAD))

  it('args: amounts', () => {
    assert.equal(units.parseAmount('1.5', 6, F), 1_500_000n)
    assert.equal(units.parseAmount(2, 18, F), 2n * 10n ** 18n)
    assert.equal(units.parseUnits('79228162514264337593543950335', F), 2n ** 96n - 1n)
    assert.equal(units.formatAmount(1_500_000n, 6), '1.5')
    assert.equal(units.formatAmount(-5n, 3), '-0.005')
    assert.equal(units.formatAmount(5n, 0), '5')
  })
  for (const wrong of ['1.5000001', '-1', '', '1.', '.5', 'abc', '1'.repeat(60), undefined]) {
    it(`error: amount ${String(wrong).slice(0, 12)}`, () => assert.throws(() => units.parseAmount(wrong, 6, F), BAD))
  }
  for (const wrong of ['79228162514264337593543950336', '01', '1.5', 5, '-1']) {
    it(`error: smallest units ${wrong}`, () => assert.throws(() => units.parseUnits(wrong, F), BAD))
  }

  it('property: what is formatted parses back to the same number', () => {
    const number = fc.oneof(
      fc.nat(10_000),
      fc.maxSafeNat(),
      fc.nat(1000).map(n => n * 2 ** 20)
    )
    check(
      fc.property(number, fc.nat(1000), fc.nat(1_024_000), n96(), fc.nat(18), (n, perMille, cpu, amount, decimals) => {
        assert.equal(units.parseSize(units.formatSize(n), F), n)
        assert.equal(units.parseDuration(units.formatDuration(n), F), n)
        assert.equal(units.parseCpu(units.formatCpu(cpu), F), cpu)
        assert.equal(units.parsePercent(units.formatPercent(perMille), F), perMille)
        assert.equal(units.parseAmount(units.formatAmount(amount, decimals), decimals, F), amount)
      }),
      500
    )
  })

  it('property: arbitrary input gives a number or a UserError', () => {
    const readers = [units.parseSize, units.parseDuration, units.parseCpu, units.parsePercent, units.parseUnits]
    const unitText = fc.string({
      unit: fc.constantFrom('1', '9', '.', ' ', 'm', 's', 'K', 'i', 'B', '%', '-', 'e'),
      maxLength: 60
    })
    check(
      fc.property(fc.oneof(fc.anything(), fc.string(), unitText), value => {
        for (const read of readers) {
          try {
            read(value, F)
          } catch (error) {
            assert.ok(error instanceof UserError)
            assert.equal(error.field, F)
            assert.ok(error.remedy !== undefined)
          }
        }
      }),
      500
    )
  })
})

const n96 = (): fc.Arbitrary<bigint> => fc.bigInt(0n, 2n ** 96n - 1n)
