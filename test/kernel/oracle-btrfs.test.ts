import { oracleSuite } from "./random/suite.js";

oracleSuite("btrfs", 50);
