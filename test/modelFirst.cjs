/** The order of the suites: the page index's model first, which is slower by far in a worker that many have run in. */
const { default: Sequencer } = require('@jest/test-sequencer');

const isOfModel = ({ path }) => /(convergence|mutants)\.test\.ts$/.test(path);

module.exports = class extends Sequencer {
  sort(tests) {
    return super.sort(tests).sort((a, b) => isOfModel(b) - isOfModel(a));
  }
};
