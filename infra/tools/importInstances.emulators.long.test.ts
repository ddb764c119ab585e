import { describeOnEmulators } from '../../test/emulators';
import { instancesIn } from './instances.testing';

describeOnEmulators('npm run instances -- import', ({ createDatabase }) => {
  it('loses no record and assigns no id twice, with concurrent importers and another writer', async () => {
    const instances = instancesIn(await createDatabase());
    const importer = (n: number) =>
      instances.run(
        'import -',
        Array.from({ length: 10 }, (_, i) => `{"uuid":${n * 1000 + i},"name":"import"}`).join('\n'),
      );
    const stranger = async () => {
      for (let i = 0; i < 10; i += 1) {
        const all = await instances.rows();
        const id = String(1 + Math.max(0, ...all.map((row) => Number(row.id?.N))));
        await instances.put({ id: { N: id }, uuid: { N: String(9000 + i) }, name: { S: 'stranger' } }).catch(() => {
          i -= 1; // the id was taken meanwhile
        });
      }
    };
    const [results] = await Promise.all([Promise.all([1, 2, 3].map(importer)), stranger()]);
    expect(results.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0]);
    const all = await instances.rows();
    expect(new Set(all.map(({ uuid }) => uuid?.N)).size).toBe(40);
    expect(all.map(({ id }) => id?.N)).toEqual(Array.from({ length: 40 }, (_, i) => String(i + 1)));
    expect(all.filter(({ name }) => name?.S === 'stranger')).toHaveLength(10);
  });
});
