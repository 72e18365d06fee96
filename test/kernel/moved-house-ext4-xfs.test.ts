import { movedSuite } from "./moved/suite.js";

movedSuite("ext4", "xfs", 20);
