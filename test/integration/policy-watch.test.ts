import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type WatchedPolicy, watchPolicy } from '../../src/runtime/policy-watch.ts';
import { Seen } from '../support/seen.ts';

let folder: string;
let path: string;
let watched: WatchedPolicy | undefined;
let readings: Seen<readonly string[]>;
let errors: Error[];
let told: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'capstan-policy-'));
  path = join(folder, 'policy.yaml');
  readings = new Seen();
  errors = [];
  told = [];
});
afterEach(() => {
  watched?.close();
  rmSync(folder, { recursive: true, force: true });
});

const text = (approver: string) => `clusters:\n  prod: { approvers: [${approver}] }\n`;

function start(): void {
  watched = watchPolicy({
    path,
    needed: ['prod'],
    onReading: (faults, inForce) => {
      readings.add(faults);
      told.push(inForce);
    },
    onError: error => errors.push(error),
  });
}

const approvers = () => watched?.of('prod')?.policy?.approvers;
const fault = () => watched?.of('prod')?.fault;

/** A folder as the kubelet mounts a ConfigMap: `policy.yaml -> ..data/policy.yaml`, `..data -> ..version`. */
function mount(version: string, approver: string): void {
  mkdirSync(join(folder, `..${version}`));
  writeFileSync(join(folder, `..${version}`, 'policy.yaml'), text(approver));
  symlinkSync(`..${version}`, join(folder, '..data_tmp'));
  renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
}

describe('the policy in force', () => {
  test('follows a file that is written over', async () => {
    writeFileSync(path, text('U0BOB'));
    start();
    expect(approvers()).toEqual(['U0BOB']);
    writeFileSync(path, text('U0CAROL'));
    await readings.until(2);
    expect(approvers()).toEqual(['U0CAROL']);
  });

  test('follows a file that another is put in the place of, again and again', async () => {
    writeFileSync(path, text('U0BOB'));
    start();
    for (const [count, approver] of ['U0CAROL', 'U0DAVE'].entries()) {
      writeFileSync(`${path}.new`, text(approver));
      renameSync(`${path}.new`, path);
      await readings.until(count + 2);
      expect(approvers()).toEqual([approver]);
    }
  });

  test('follows a mounted ConfigMap, whose folder is swapped as a whole, again and again', async () => {
    mount('1', 'U0BOB');
    symlinkSync(join('..data', 'policy.yaml'), path);
    start();
    for (const [count, approver] of ['U0CAROL', 'U0DAVE'].entries()) {
      mount(`${count + 2}`, approver);
      rmSync(join(folder, `..${count + 1}`), { recursive: true });
      await readings.until(count + 2);
      expect(approvers()).toEqual([approver]);
    }
    expect(errors).toEqual([]);
  });

  test('follows a link into another folder', async () => {
    const elsewhere = join(folder, 'elsewhere');
    mkdirSync(elsewhere);
    writeFileSync(join(elsewhere, 'real.yaml'), text('U0BOB'));
    symlinkSync(join(elsewhere, 'real.yaml'), path);
    start();
    writeFileSync(join(elsewhere, 'real.yaml'), text('U0CAROL'));
    await readings.until(2);
    expect(approvers()).toEqual(['U0CAROL']);
  });

  test('stays the last good one while the file cannot be used, and says line and fault', async () => {
    writeFileSync(path, text('U0BOB'));
    start();
    writeFileSync(path, 'clusters:\n  prod: { approvers: [bob], colour: red }\n');
    await readings.until(2);
    expect(approvers()).toEqual(['U0BOB']);
    expect(fault()).toMatch(/policy\.yaml:2: clusters\.prod\.approvers\[0\]: write .* \(and 1 more\)$/);
    writeFileSync(path, text('U0CAROL'));
    await readings.until(3);
    expect(approvers()).toEqual(['U0CAROL']);
    expect(fault()).toBeUndefined();
    expect(told).toEqual(['this', 'last', 'this']);
  });

  test.each([
    [
      'that is broken',
      'clusters:\n  prod: { approvers: [bob] }\n',
      /policy\.yaml:2: clusters\.prod\.approvers\[0\]: write/,
    ],
    ['that leaves out a cluster that is served', text('U0BOB').replace('prod', 'staging'), /write cluster prod too/],
  ])('is none at first with a file %s, and the file’s once it is mended', async (_name, broken, sentence) => {
    writeFileSync(path, broken);
    start();
    expect(watched?.of('prod')).toEqual({ policy: undefined, fault: expect.stringMatching(sentence) });
    writeFileSync(path, text('U0CAROL'));
    await readings.until(2);
    expect(watched?.of('prod')).toMatchObject({ policy: { approvers: ['U0CAROL'] }, fault: undefined });
    expect(told).toEqual(['none', 'this']);
  });

  test('stays while the file is away, or leaves out a cluster that is served', async () => {
    writeFileSync(path, text('U0BOB'));
    start();
    unlinkSync(path);
    await readings.until(2);
    expect(fault()).toContain('cannot be read');
    writeFileSync(path, text('U0CAROL').replace('prod', 'staging'));
    await readings.until(3);
    expect(fault()).toContain('write cluster prod too');
    expect(approvers()).toEqual(['U0BOB']);
    writeFileSync(path, text('U0CAROL'));
    await readings.until(4);
    expect(approvers()).toEqual(['U0CAROL']);
  });

  test('is none for a cluster that the file does not name', () => {
    writeFileSync(path, text('U0BOB'));
    start();
    expect(watched?.of('staging')).toBeUndefined();
  });
});
