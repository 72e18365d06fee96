import { erasSuite } from "./eras/suite.js";

erasSuite("btrfs", 8);
