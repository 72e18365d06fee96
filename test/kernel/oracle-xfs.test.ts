import { oracleSuite } from "./random/suite.js";

oracleSuite("xfs", 50);
