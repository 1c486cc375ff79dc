import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { effectiveConfig } from '../../../../node/config/load.ts'
import { groupsOf } from '../../../../node/config/option-groups.ts'
import { OPTIONS } from '../../../../node/config/options.ts'
import { settingsOf, settingsTemplate } from '../../../../node/config/settings-file.ts'

describe('config/settings-file', () => {
  let dir: string
  before(() => {
    dir = mkdtempSync(join(tmpdir(), 'dcn-settings-'))
  })
  after(() => rmSync(dir, { recursive: true, force: true }))

  function read(text: string) {
    const file = join(dir, 'settings.yaml')
    writeFileSync(file, text)
    return effectiveConfig({ file })
  }

  it('default: as it is, and with every setting uncommented, the template is the defaults', () => {
    const template = settingsTemplate()
    const bare = template.replace(/^( *)#(?=[\w])/gm, '$1')
    const defaults = effectiveConfig().config
    assert.deepEqual(read(template).config, defaults)
    const { config, values } = read(bare)
    assert.deepEqual(config, defaults)
    // what has a default was really read from the file
    const read1 = values.filter(v => v.origin === 'file').map(v => v.key)
    assert.deepEqual(new Set(read1), new Set(OPTIONS.filter(o => o.fallback !== undefined).map(o => o.key)))
    for (const { key, description } of OPTIONS) {
      assert.match(bare, new RegExp(`^ *${key.split('.').at(-1)}:`, 'm'))
      assert.ok(template.includes(`# ${description} (`), key)
    }
  })

  it('behavior: each line stands for itself', () => {
    const one = settingsTemplate().replace(/^( *)#(port:) 0/m, '$1$2 4711')
    const { values } = read(one)
    assert.deepEqual(
      values.filter(v => v.origin === 'file').map(v => [v.key, v.value]),
      [['http.port', 4711]]
    )
  })

  it('default: what was chosen comes back as it was typed', () => {
    const chosen = {
      roles: 'provider, creator',
      network: 'dcn1abc',
      'prices.perCpuHour': '0.02',
      'prices.perJob': '0.0000001',
      'offer.cpu': '50%',
      'offer.memory': '8GiB',
      schedule: 'mon-fri 18:00-08:00, sat-sun',
      engines: 'js'
    }
    const text = settingsOf(chosen)
    const { config, values } = read(text)
    assert.deepEqual(config, effectiveConfig({ flags: chosen }).config)
    assert.deepEqual(new Set(values.filter(v => v.origin === 'file').map(v => v.key)), new Set(Object.keys(chosen)))
    assert.match(text, /^ {2}# asked for one core for an hour$/m)
    assert.match(text, /^ {2}perCpuHour: 0.02$/m)
  })

  it('behavior: text that means something in YAML stays text', () => {
    const given = { init: 'null', timeZone: 'Europe/Vienna', passphraseFile: '/a: b #c' }
    assert.deepEqual(read(settingsOf(given)).config, effectiveConfig({ flags: given }).config)
  })

  it('default: every option is in one group, and sections are whole', () => {
    const grouped = groupsOf(OPTIONS).flatMap(group => group.options)
    assert.equal(grouped.length, OPTIONS.length)
    assert.equal(new Set(grouped).size, OPTIONS.length)
    const sections = grouped.map(({ key }) => key.split('.')[0]).filter((s, i, all) => s !== all[i - 1])
    assert.equal(new Set(sections).size, sections.length)
    const unknown = groupsOf([{ key: 'new.thing', kind: 'text', placeholder: 'X', description: '' }])
    assert.deepEqual(
      unknown.map(group => group.title),
      ['Others']
    )
  })
})
