// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Deploy} from "../script/Deploy.s.sol";
import {DcnToken} from "../src/DcnToken.sol";
import {DealEscrow} from "../src/DealEscrow.sol";
import {Test} from "./base/Test.sol";

contract DeployTest is Test {
    address private constant HOLDER = address(0xA11CE);

    function test_deploy_withoutTokenMakesOne() external {
        (address token, address escrow) = new Deploy().deploy(address(0), HOLDER, 60);
        assertEq(DcnToken(token).balanceOf(HOLDER), 1e27, "supply");
        assertEq(DealEscrow(escrow).token(), token, "token");
        assertEq(DealEscrow(escrow).minWindow(), 60, "window");
        assertEq(DealEscrow(escrow).court(), address(0), "court");
    }

    function test_deploy_usesTheGivenToken() external {
        address token = address(new DcnToken(HOLDER, 1));
        (address used, address escrow) = new Deploy().deploy(token, HOLDER, 1);
        assertEq(used, token, "used");
        assertEq(DealEscrow(escrow).token(), token, "token");
    }
}
