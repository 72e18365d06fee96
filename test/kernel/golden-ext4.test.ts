import { goldenSuite } from "./golden/suite.js";

goldenSuite("ext4", 45);
