import { withOwnLast } from '../../../src/drain/own-last.ts';
import { pod } from '../plan/cluster-builder.ts';

const [own, web, db] = ['worker', 'web', 'db'].map(name => pod(name, 'w-1'));

it.each([
  ['waits while others are there', [own, web, db], 'uid-worker', [web, db]],
  ['leaves once it is alone', [own], 'uid-worker', [own]],
  ['changes nothing about other nodes', [web, db], 'uid-worker', [web, db]],
  ['is nobody where the worker runs outside of the cluster', [own, web], undefined, [own, web]],
])('the own pod of whoever drains %s', (_, leaving, uid, expected) => {
  const there = leaving.filter(each => each !== undefined);
  expect(withOwnLast(there, uid)).toEqual(expected);
});
