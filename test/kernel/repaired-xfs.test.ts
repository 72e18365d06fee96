import { repairedSuite } from "./repaired/suite.js";

repairedSuite("xfs", 20);
