/** What a command needs beside its name to get as far as its node. */
export const GIVEN: Readonly<Record<string, string>> = {
  run: 'ok.yaml',
  convert: 'ok.yaml',
  'module show': 'cowsay',
  'module lint': 'cowsay',
  'js run': 'ok.mjs',
  'js map': 'ok.mjs --slices ok.ndjson',
  'wasm run': 'ok.wasm',
  'docker run': 'debian:12',
  'image push': 'tool:1',
  'image remove': 'bafyimage',
  'job show': 'job1',
  'job logs': 'job1',
  'job get': 'job1',
  'job wait': 'job1',
  'job accept': 'job1',
  'job cancel': 'job1',
  'job why': 'job1',
  dispute: 'job1',
  'receipt verify': 'text.bin',
  'seat leave': '4',
  rank: 'ok.yaml',
  'verify-match': `0x${'dd'.repeat(32)}`,
  'wallet deposit': '1',
  'wallet withdraw': '1',
  'network create': 'lab',
  'network join': 'dcn1abc',
  'network members add': '12D3KooWHNUM6G4Qy5gcv1pRX7Wueuk1rR4j8GaLhg1qQj1gvtfZ',
  'network members revoke': '12D3KooWHNUM6G4Qy5gcv1pRX7Wueuk1rR4j8GaLhg1qQj1gvtfZ',
  'network members remove': '12D3KooWHNUM6G4Qy5gcv1pRX7Wueuk1rR4j8GaLhg1qQj1gvtfZ',
  'network deploy': '--rpc http://127.0.0.1:9 --out o.json',
  'network verify': 'text.bin',
  'node log-level': 'debug',
  completion: 'bash'
}

type Row = [words: string | readonly string[], wanted?: { exit?: number; name?: string; says?: RegExp }]

const LONG = 'x'.repeat(100_000)

const SUBMIT = (program: string): Row[] => [
  [`${program} --bid much`, { says: /--bid/ }],
  [`${program} --bid -1`, { says: /--bid/ }],
  [`${program} --bid 0.0000001`, { says: /--bid/ }],
  [`${program} --tip 1e3`, { says: /--tip/ }],
  [`${program} --target 0x12`, { says: /--target/ }],
  [`${program} --allow me`, { says: /--allow/ }],
  [`${program} --deny ${'0x'.padEnd(43, 'a')}`, { says: /--deny/ }],
  [`${program} --label region`, { says: /--label/ }],
  [`${program} --verify maybe`, { says: /--verify/ }],
  [`${program} --verify spot:500%`, { says: /--verify/ }],
  [`${program} --verify spot:5`, { says: /--verify/ }],
  [`${program} --verify replicas:1`, { says: /--verify/ }],
  [`${program} --verify replicas:3/4`, { says: /replicas/ }],
  [`${program} --verify committee:4`, { says: /--verify/ }],
  [`${program} --count 0`, { says: /--count/ }],
  [`${program} --count 1001`, { says: /--count/ }],
  [`${program} --count two`, { says: /--count/ }],
  [`${program} --matrix A`, { says: /--matrix/ }],
  [`${program} --matrix A=`, { says: /--matrix/ }],
  [`${program} --count 2 --max-parallel 0`, { says: /--max-parallel/ }],
  [`${program} --out full`, { says: /not empty/ }],
  [`${program} --out ok.mjs`, { says: /ok\.mjs/ }],
  [[...program.split(' '), '--name', LONG], { says: /name/ }],
  [[...program.split(' '), '--name', ''], { says: /name/ }]
]
const RESOURCES = (program: string): Row[] => [
  [`${program} --cpu none`, { says: /cpu/ }],
  [`${program} --cpu 0`, { says: /cpu/ }],
  [`${program} --memory 12XB`, { says: /memory/ }],
  [`${program} --disk -1`, { says: /disk/ }],
  [`${program} --gpu some`, { says: /gpu/ }],
  [`${program} --timeout soon`, { says: /timeout/ }],
  [`${program} --input none.txt`, { says: /none\.txt/ }],
  [`${program} --input ok.mjs:inputs`, { says: /input/ }],
  [`${program} --output out`, { says: /output/ }]
]
const FILE = (name: string): Row[] => [
  ['none.yaml', { says: /none\.yaml/ }],
  ['bad.yaml', { says: /bad\.yaml.*line 2/ }],
  ['empty.yaml'],
  ['list.yaml'],
  ['latin1.yaml', { says: /UTF-8/ }],
  ...(name === 'convert' ? [] : ([['unknown.yaml', { says: /engine/ }]] satisfies Row[]))
]
const UNKNOWN_JOB: Row[] = [
  ['job', { name: 'InvalidInputError', says: /job2 \(others\), job1 \(words\)/ }],
  ['none', { name: 'JobNotFoundError' }],
  [[LONG], { exit: 2 }],
  [[''], { exit: 2 }]
]
const PEER: Row[] = [['me', { says: /peer/ }], [[LONG]]]
const AMOUNT: Row[] = [['much'], ['0'], ['1.23456789'], ['1e3'], [['--', '-1']], [[LONG]]]

/** By command: what is typed after it, and what it ends with (2 where nothing is said). */
export const MISTAKES: Readonly<Record<string, readonly Row[]>> = {
  run: [
    ...FILE('run'),
    ...SUBMIT('ok.yaml'),
    ['nosuchmodule', {}],
    ['cowsay -i Message', {}],
    ['cowsay -i Mesage=x', {}]
  ],
  convert: FILE('convert'),
  'module show': [['nosuchmodule'], ['bafynot', {}], ['/nowhere', {}]],
  'module lint': [['nosuchmodule'], ['/nowhere', {}]],
  'js run': [
    ['none.mjs', { says: /none\.mjs/ }],
    ['full', { says: /full/ }],
    ['syntax.mjs', { says: /syntax\.mjs/ }],
    ...SUBMIT('ok.mjs'),
    ...RESOURCES('ok.mjs')
  ],
  'js map': [
    ['none.mjs --slices ok.ndjson', { says: /none\.mjs/ }],
    ['ok.mjs', { says: /slices/ }],
    ['ok.mjs --slices none.ndjson', { says: /none\.ndjson/ }],
    ['ok.mjs --slices full', { says: /full/ }],
    ['ok.mjs --slices bad.ndjson', { says: /bad\.ndjson|line 2/ }],
    ['ok.mjs --slices ok.ndjson --jobs 0', { says: /jobs/ }],
    ['ok.mjs --slices ok.ndjson --timeout soon', { says: /timeout/ }],
    ['ok.mjs --slices ok.ndjson --attempts 0', { says: /attempts/ }]
  ],
  'wasm run': [
    ['none.wasm', { says: /none\.wasm/ }],
    ['text.bin', { says: /text\.bin/ }],
    ['full', { says: /full/ }]
  ],
  'docker run': [
    ['debian:12 --network some', { says: /network/ }],
    ['debian:12 --env A', { says: /env/ }],
    ['debian:12 --allow-host example.org', { says: /allow-host|host/ }],
    ...RESOURCES('debian:12')
  ],
  'image push': [['missing', { exit: 2 }], [[LONG]]],
  'image remove': [['bafyother', { exit: 2 }], [[LONG]]],
  'job list': [
    ['--limit 0', { says: /--limit/ }],
    ['--limit many', { says: /--limit/ }],
    ['--state lost', { says: /--state/ }],
    ['--since yesterday', { says: /--since/ }],
    [['--name', LONG], { says: /name/ }]
  ],
  'job show': UNKNOWN_JOB,
  'job logs': [...UNKNOWN_JOB, ['none --replica first', {}]],
  'job get': UNKNOWN_JOB,
  'job wait': UNKNOWN_JOB,
  'job accept': UNKNOWN_JOB,
  'job cancel': UNKNOWN_JOB,
  'job why': UNKNOWN_JOB,
  dispute: UNKNOWN_JOB,
  'receipt verify': [
    ['none.json', { says: /none\.json/ }],
    ['text.bin', { says: /text\.bin/ }],
    ['full', { says: /full/ }],
    ['latin1.yaml', { says: /latin1/ }]
  ],
  'seat leave': [['mine'], ['5'], ['-- -1'], ['1.5'], [[LONG]]],
  rank: FILE('rank'),
  'verify-match': [
    ['0x12'],
    ['none'],
    [`0x${'ab'.repeat(32)}`, { exit: 2 }],
    ['text.bin', { says: /text\.bin/ }],
    ['full'],
    [[LONG]]
  ],
  'wallet history': [['--limit 0'], ['--limit 1001'], ['--since yesterday']],
  'wallet deposit': AMOUNT,
  'wallet withdraw': [...AMOUNT, ['1 --to me', { says: /to/ }]],
  'wallet new': [
    ['--data-dir ok.mjs --passphrase-file ok.yaml', { exit: 2 }],
    ['--passphrase-file none', { says: /none/ }]
  ],
  'wallet import': [
    ['none.json --passphrase-file ok.yaml', { says: /none\.json/ }],
    ['text.bin --passphrase-file ok.yaml'],
    ['full --passphrase-file ok.yaml', { says: /full/ }]
  ],
  'network create': [['UPPER'], [[LONG]], ['lab --membership some'], ['lab --rpc ftp://x']],
  'network join': [['dcn1abc'], ['none'], ['text.bin'], ['full'], [['dcn1'.padEnd(100_000, 'a')]]],
  'network members add': PEER,
  'network members revoke': PEER,
  'network members remove': PEER,
  'network verify': [['none.json', { says: /none\.json/ }], ['text.bin', { says: /text\.bin/ }], ['dcn1abc'], ['full']],
  'network deploy': [['--rpc ftp://x --out o.json'], ['--rpc http://127.0.0.1:9']],
  'node log-level': [['loud', { says: /loud|trace/ }]],
  config: [
    ['--config none.yaml', { says: /none\.yaml/ }],
    ['--config bad.yaml', { says: /bad\.yaml/ }],
    ['--config latin1.yaml', { says: /UTF-8/ }],
    ['--role captain', { says: /role/ }],
    ['--http-port 99999', { says: /http-port/ }]
  ],
  completion: [['tcsh', { says: /bash/ }], [[LONG]]]
}
