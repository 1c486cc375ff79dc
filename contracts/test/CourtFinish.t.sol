// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {CourtTest} from "./base/CourtTest.sol";
import {ICourt} from "../src/interfaces/ICourt.sol";

contract CourtFinishTest is CourtTest {
    function test_dispute_threeRounds() public {
        dispute(1, RIGHT);
        drawAll();
        judgeAll(RIGHT);
        appealAndDraw(creator);
        judgeAll(WRONG_A);
        appealAndDraw(provider);
        judgeAll(RIGHT);
        finish();
        assertPhase(ICourt.Phase.None);
        assertEq(escrow.freeOf(provider), FUNDS + PRICE, "provider");
        assertEq(escrow.freeOf(creator), FUNDS - PRICE - 3 * FEE - 7 * FEE, "creator");
    }
}
