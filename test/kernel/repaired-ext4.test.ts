import { repairedSuite } from "./repaired/suite.js";

repairedSuite("ext4", 150);
