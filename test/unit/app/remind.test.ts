import type { Notice } from '../../../src/app/messages.ts';
import { ClusterUnreachable } from '../../../src/app/ports.ts';
import { type RemindPorts, remind } from '../../../src/app/remind.ts';
import type { ClusterSnapshot } from '../../../src/cluster/snapshot.ts';
import { EXAMPLE_CALENDAR } from '../../support/calendar.ts';
import { examplePolicy } from '../../support/policy.ts';
import { cluster, controlPlane, NOW, worker } from '../plan/cluster-builder.ts';

const SNAPSHOT = cluster([controlPlane('cp-1', '1.36.2'), worker('w-1', '1.35.2')]);
const NEVER = new AbortController().signal;

function world(more: { channels?: readonly string[] | 'anywhere'; see?: () => Promise<ClusterSnapshot> } = {}) {
  const notices: [string, Notice][] = [];
  const reports: string[] = [];
  let kept: string | undefined;
  const { channels = ['C1', 'C2'], see = async () => SNAPSHOT } = more;
  const ports: RemindPorts = {
    cluster: 'prod',
    releases: { current: async () => EXAMPLE_CALENDAR },
    policy: () => ({ policy: examplePolicy({ channels }), fault: undefined }),
    report: sentence => reports.push(sentence),
    reader: { snapshot: see, nodes: async () => SNAPSHOT.nodes, ownNodes: async () => new Set() },
    queues: { notify: async (id, notice) => void notices.push([id, notice]) },
    clock: { now: () => NOW },
    memory: {
      read: async () => kept,
      write: async text => {
        kept = text;
      },
    },
  };
  return { ports, notices, reports, kept: () => kept };
}

describe('the daily look', () => {
  it('tells the first channel of the cluster what is due, under an id that is told once', async () => {
    const { ports, notices } = world();
    await remind(ports, NEVER);
    expect(notices).toEqual([
      [
        'reminder-prod-new-patch-v1.36.4',
        {
          kind: 'reminder',
          cluster: 'prod',
          channel: 'C1',
          reminder: { kind: 'new-patch', key: 'new-patch v1.36.4', from: 'v1.36.2', to: 'v1.36.4' },
        },
      ],
    ]);
  });

  it('says nothing twice, and keeps what it has said from being forgotten', async () => {
    const { ports, notices, kept } = world();
    await remind(ports, NEVER);
    await remind(ports, NEVER);
    expect(notices).toHaveLength(1);
    expect(kept()).toBe('new-patch v1.36.4');
  });

  it('says nothing where the policy names no channel, and does not even look', async () => {
    const see = () => Promise.reject(new Error('nobody should look'));
    const { ports, notices } = world({ channels: 'anywhere', see });
    await remind(ports, NEVER);
    expect(notices).toEqual([]);
  });

  it('reports a cluster that cannot be looked at, and forgets nothing', async () => {
    let away = false;
    const see = async () => {
      if (away) throw new ClusterUnreachable('The API server is away.');
      return SNAPSHOT;
    };
    const { ports, notices, reports, kept } = world({ see });
    await remind(ports, NEVER);
    away = true;
    await remind(ports, NEVER);
    expect(reports).toEqual(['nobody could be reminded of support and patches: The API server is away.']);
    expect(notices).toHaveLength(1);
    expect(kept()).toBe('new-patch v1.36.4');
  });

  it('says nothing of a cluster whose version cannot be read', async () => {
    const { ports, notices } = world({ see: async () => cluster([]) });
    await remind(ports, NEVER);
    expect(notices).toEqual([]);
  });
});
