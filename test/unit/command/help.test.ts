import { helpText, USAGES } from '../../../src/command/help.ts';

describe('help', () => {
  it('lists every command once, in the order of the table', () => {
    const commands = helpText(undefined).map(line => /^`\/k8s ([a-z ]+) \[/.exec(line)?.[1]);
    expect(commands).toEqual(USAGES.map(({ path }) => path));
  });

  it.each(USAGES.map(({ path }) => path))('tells everything about %s', path => {
    const lines = helpText(path).join('\n');
    const { does, flags, examples } = USAGES.find(usage => usage.path === path) ?? {
      does: '',
      flags: [],
      examples: [],
    };
    for (const said of [does, ...flags.map(({ name }) => name), ...examples]) expect(lines).toContain(said);
  });

  it('shows the usage line of a plan with its options', () => {
    expect(helpText('upgrade plan')[0]).toBe(
      '`/k8s upgrade plan [target] [--cluster C] [--only control-plane|workers] ' +
        '[--pool P] [--nodes a,b] [--fewest-drains] [--force] [--delete-emptydir-data] [--grace-period N] ' +
        '[--skip-wait-for-delete-timeout D] [--pod-selector S] [--drain-order priority|together] [--strategy rolling]`',
    );
    expect(helpText('plan')).toEqual(helpText('Upgrade Plan'));
  });

  it('names what a target may be', () => {
    expect(helpText('upgrade plan')).toContainEqual(
      '`target` is next, patch, latest, a minor such as 1.37, or a version such as v1.36.2; without it, next.',
    );
  });

  it('lists the commands that begin with the word', () => {
    expect(helpText('upgrade')).toHaveLength(8);
    for (const line of helpText('upgrade')) expect(line).toMatch(/^`\/k8s upgrade /);
  });

  it('prefers the command that is exactly so named', () => {
    expect(helpText('status')[0]).toBe('`/k8s status [cluster]`');
  });

  it('answers an unknown topic with everything', () => {
    expect(helpText('weather')).toEqual(helpText(undefined));
  });

  it('holds nothing that Slack would have to escape', () => {
    expect([undefined, ...USAGES.map(({ path }) => path)].flatMap(topic => helpText(topic)).join('')).not.toMatch(
      /[&<>]/,
    );
  });
});
