import { podRequests, resourcesOf } from '../../../src/kubernetes/views/requests.ts';
import type { WireContainer, WirePodSpec } from '../../../src/kubernetes/views/wire.ts';

const MIB = 2 ** 20;

function asks(cpu: string, memory: string, more: WireContainer = {}): WireContainer {
  return { ...more, resources: { requests: { cpu, memory } } };
}

const sidecar: WireContainer = { restartPolicy: 'Always' };

describe('what a pod reserves', () => {
  it.each<[string, WirePodSpec, number, number]>([
    ['nothing where nothing is asked for', { containers: [{}] }, 0, 0],
    ['nothing where there are no containers', {}, 0, 0],
    ['the sum of its containers', { containers: [asks('100m', '64Mi'), asks('0.2', '64Mi')] }, 300, 128],
    [
      'its greediest init container where that is more',
      { containers: [asks('100m', '64Mi')], initContainers: [asks('1', '32Mi'), asks('500m', '256Mi')] },
      1_000,
      256,
    ],
    [
      'its sidecars beside its containers',
      { containers: [asks('100m', '64Mi')], initContainers: [asks('50m', '16Mi', sidecar)] },
      150,
      80,
    ],
    [
      'an init container beside the sidecars that were started before it, and not those after it',
      {
        containers: [asks('10m', '8Mi')],
        initContainers: [asks('100m', '10Mi', sidecar), asks('300m', '10Mi'), asks('150m', '10Mi', sidecar)],
      },
      400,
      28,
    ],
    [
      'the overhead of its runtime class on top',
      { containers: [asks('100m', '64Mi')], overhead: { cpu: '250m', memory: '120Mi' } },
      350,
      184,
    ],
    [
      'what the pod as a whole asks for, in place of its containers',
      { containers: [asks('100m', '64Mi')], resources: { requests: { cpu: '2' } } },
      2_000,
      64,
    ],
  ])('is %s', (_, spec, cpuMilli, mebibytes) => {
    expect(podRequests(spec)).toEqual({ cpuMilli, memoryBytes: mebibytes * MIB, pods: 1 });
  });

  it('has devices and huge pages in it as well', () => {
    const gpu = (count: string): WireContainer => ({ resources: { requests: { 'nvidia.com/gpu': count } } });
    const spec = { containers: [gpu('1'), gpu('2')], initContainers: [gpu('4')], overhead: { cpu: '1' } };
    expect(podRequests(spec)).toEqual({ cpuMilli: 1_000, memoryBytes: 0, pods: 1, others: { 'nvidia.com/gpu': 4 } });
    const whole = { ...spec, resources: { requests: { 'hugepages-2Mi': '4Mi' } } };
    expect(podRequests(whole).others).toEqual({ 'nvidia.com/gpu': 4, 'hugepages-2Mi': 4 * MIB });
  });
});

describe('a resource list', () => {
  it.each([
    [
      { cpu: '4', memory: '16Gi', pods: '110' },
      { cpuMilli: 4_000, memoryBytes: 16 * 1024 * MIB, pods: 110 },
    ],
    [
      { cpu: '1500m', memory: '1e9' },
      { cpuMilli: 1_500, memoryBytes: 1e9, pods: 0 },
    ],
    [{ cpu: '0.1' }, { cpuMilli: 100, memoryBytes: 0, pods: 0 }],
    [{ cpu: '100u' }, { cpuMilli: 1, memoryBytes: 0, pods: 0 }],
    [{ cpu: 'much' }, { cpuMilli: 0, memoryBytes: 0, pods: 0 }],
    [undefined, { cpuMilli: 0, memoryBytes: 0, pods: 0 }],
    [
      { 'nvidia.com/gpu': '2', 'ephemeral-storage': '1Ki', 'hugepages-2Mi': '0' },
      { cpuMilli: 0, memoryBytes: 0, pods: 0, others: { 'nvidia.com/gpu': 2, 'ephemeral-storage': 1_024 } },
    ],
  ])('%j is rounded up to whole units', (quantities, expected) => {
    expect(resourcesOf(quantities)).toEqual(expected);
  });
});
