import type { Right } from '../../cluster/looks.ts';

/** What to do about a right that is missing. Whom the API server refused stands in its own words. */
export function granting({ verb, resource }: Right): string {
  const on = resource.startsWith('/') ? `--non-resource-url=${resource}` : `--resource=${resource}`;
  return (
    `The right to ${verb} ${resource} is missing. \`helm upgrade\` with the chart of this version grants it to a worker; ` +
    `by hand: \`kubectl create clusterrole capstan-more --verb=${verb} ${on}\`, then \`kubectl create clusterrolebinding\` ` +
    'for whoever asked. Then plan again.'
  );
}
