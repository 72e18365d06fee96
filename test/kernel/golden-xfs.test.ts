import { goldenSuite } from "./golden/suite.js";

goldenSuite("xfs", 8);
