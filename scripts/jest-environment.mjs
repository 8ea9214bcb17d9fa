import vm from "node:vm";
import { TestEnvironment } from "jest-environment-node";

/**
 * Jest's environment of Node.js, in a context with a global object of the usual kind. Jest's own
 * asks a proxy for every use of a global such as `Math`, which makes loops hundreds of times slower.
 */
export default class PlainEnvironment extends TestEnvironment {
  constructor(config, context) {
    const { createContext, constants } = vm;
    // The environment takes no context of ours, it makes one.
    vm.createContext = () => createContext(constants.DONT_CONTEXTIFY);
    try {
      super(config, context);
    } finally {
      vm.createContext = createContext;
    }
  }
}
