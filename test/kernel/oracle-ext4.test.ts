import { oracleSuite } from "./random/suite.js";

oracleSuite("ext4", 300);
