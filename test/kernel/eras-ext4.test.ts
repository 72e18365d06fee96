import { erasSuite } from "./eras/suite.js";

erasSuite("ext4", 40);
