import { statusReport } from '../../../src/app/status.ts';
import { versionsView } from '../../../src/plan/versions-view.ts';
import { statusMessage, versionsMessage } from '../../../src/slack/views/status-message.ts';
import { EXAMPLE_CALENDAR } from '../../support/calendar.ts';
import { cluster, component, controlPlane, staticPods, worker } from '../plan/cluster-builder.ts';

function sections({ blocks }: { blocks: readonly object[] }): string[] {
  return blocks.map(block => ('text' in block ? String((block.text as { text: string }).text) : ''));
}

function status(...input: Parameters<typeof cluster>): string[] {
  return sections(statusMessage('prod', statusReport(cluster(...input), EXAMPLE_CALENDAR)));
}

describe('the status message', () => {
  it('shows every component, where it runs, what it may be, and how it stands', () => {
    const components = [...staticPods('cp-1', '1.36.2'), component('etcd', 'cp-1', '3.6.8-0')];
    const nodes = [controlPlane('cp-1', '1.36.2'), worker('w-1', '1.36.2'), worker('w-2', '1.32.9')];
    expect(status(nodes, { components })).toEqual([
      '*Status of prod*',
      [
        '```',
        'COMPONENT                NODE     VERSION   ALLOWED       VERDICT',
        'kube-apiserver           cp-1     v1.36.2   1.35 to 1.37  ok',
        'kube-controller-manager  cp-1     v1.36.2   1.35 to 1.36  ok',
        'kube-scheduler           cp-1     v1.36.2   1.35 to 1.36  ok',
        'etcd                     cp-1     v3.6.8-0  -             -',
        'kubelet                  2 nodes  v1.36.2   1.33 to 1.36  ok',
        'kubelet                  w-2      v1.32.9   1.33 to 1.36  TOO OLD',
        '```',
      ].join('\n'),
      [
        '*Skew* kubelet on w-2 (v1.32.9) is 4 minors older than kube-apiserver on cp-1 (v1.36.2): at most 3 minors are allowed.',
        '1.36 is supported until 2027-06-28, for 216 more days; its newest patch is v1.36.4; the newest version is v1.37.2 (as of 2026-11-23).',
        'A kubectl of 1.35 to 1.37 goes with it.',
        '3 nodes: 3 ready.',
        'No upgrade is known.',
      ].join('\n'),
    ]);
  });

  it('of 5,000 nodes names the first of those that are wrong, and counts the others', () => {
    const workers = Array.from({ length: 5_000 }, (_, index) => worker(`w-${index}`, index < 30 ? '1.32.9' : '1.36.2'));
    const text = status([controlPlane('cp-1', '1.36.2'), ...workers]).join('\n');
    expect(text).toMatch(/^kubelet +4971 nodes +v1\.36\.2 /m);
    expect(text).toMatch(/^kubelet +w-0, w-1, w-2, w-3, w-4 and 25 more +v1\.32\.9 +1\.33 to 1\.36 +TOO OLD$/m);
    expect(text).toContain('There are 10 more of this kind.');
  });

  it('says that a calendar is stale, that a look failed, and that all is well', () => {
    const stale = status([controlPlane('cp-1', '1.36.2+rke2r1')], { takenAt: Date.UTC(2027, 2, 1) }).join('\n');
    expect(stale).toContain('(as of 2026-11-23). *The release calendar is 98 days old*: newer versions may be out.');
    const early = status([controlPlane('cp-1', '1.36.2')], { takenAt: Date.UTC(2026, 7, 15) }).join('\n');
    expect(early).toContain('(as of 2026-11-23). *That is 100 days ahead of the clock*: it, or the release calendar,');
    expect(stale).toContain('*Status of prod* (RKE2)');
    expect(stale).toContain(
      'All of them are within the <https://kubernetes.io/releases/version-skew-policy/|version-skew policy>.',
    );
    const blind = status([controlPlane('cp-1', '1.36.2')], { unreadable: [{ what: 'pods', why: 'forbidden' }] }).join(
      '\n',
    );
    expect(blind).toContain('Could not read pods: forbidden.');
    expect(blind).not.toContain('All of them');
  });

  it.each([
    ['1.33.2', '1.33 has not been supported since 2026-06-28'],
    ['1.38.0', '1.38 is newer than the release calendar knows; its patches are not known'],
  ])('says of %s that it %s', (version, words) => {
    expect(status([controlPlane('cp-1', version)]).join('\n')).toContain(words);
  });
});

describe('the message about versions', () => {
  const message = (version: string) =>
    sections(versionsMessage('prod', versionsView(cluster([controlPlane('cp-1', version)]), EXAMPLE_CALENDAR)));

  it('shows the minors with their dates, and where each word would go', () => {
    expect(message('1.34.2')).toEqual([
      '*Versions for prod*, which runs v1.34.2',
      [
        '```',
        'MINOR  NEWEST   RELEASED    SUPPORTED UNTIL',
        '1.37   v1.37.2  2026-08-26  2027-10-28',
        '1.36   v1.36.4  2026-04-22  2027-06-28',
        '1.35   v1.35.9  -           2027-02-28',
        '1.34   v1.34.9  -           2026-10-27       runs here, no longer supported',
        '```',
      ].join('\n'),
      [
        '`/k8s upgrade plan patch` goes to v1.34.9.',
        '`/k8s upgrade plan next` goes to v1.35.9.',
        '`/k8s upgrade plan latest` goes to v1.37.2.',
        '1.38 is announced for 2026-12-16.',
        'So far as the release calendar knows (as of 2026-11-23).',
      ].join('\n'),
    ]);
  });

  it('says so where there is nothing newer', () => {
    expect(message('1.37.2').at(-1)).toContain('There is nothing newer to go to.');
  });
});
