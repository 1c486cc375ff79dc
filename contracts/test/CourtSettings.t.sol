// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {BlockhashRandomness} from "../src/BlockhashRandomness.sol";
import {Court} from "../src/Court.sol";
import {ICourt} from "../src/interfaces/ICourt.sol";
import {Test} from "./base/Test.sol";

/// @title What a court can be deployed with.
contract CourtSettingsTest is Test {
    address private constant ESCROW = address(0xE5C);
    uint256 private constant MAX_WINDOW = 30 days;
    BlockhashRandomness private _randomness = new BlockhashRandomness();

    function test_constructor_keepsWhatItWasGiven() public {
        ICourt.Settings memory given = ICourt.Settings(1, 2, 3, 4, 5);
        Court court = new Court(ESCROW, address(_randomness), given);
        assertEq(abi.encode(court.settings()), abi.encode(given), "settings");
        assertEq(address(court.escrow()), ESCROW, "escrow");
        assertEq(court.randomness(), address(_randomness), "randomness");
        assertEq(court.seatCount(), 0, "seats");
    }

    function test_constructor_takesTheLimits() public {
        _make(ICourt.Settings(1, 1, 1, 0, 1));
        _make(ICourt.Settings(type(uint96).max, MAX_WINDOW, MAX_WINDOW, MAX_WINDOW, MAX_WINDOW));
    }

    function test_constructor_failsBeyondTheLimits() public {
        uint256 over = MAX_WINDOW + 1;
        _fails(ICourt.Settings(0, 1, 1, 1, 1), 0, 1, type(uint96).max);
        _fails(ICourt.Settings(1 << 96, 1, 1, 1, 1), 1 << 96, 1, type(uint96).max);
        _fails(ICourt.Settings(1, 0, 1, 1, 1), 0, 1, MAX_WINDOW);
        _fails(ICourt.Settings(1, over, 1, 1, 1), over, 1, MAX_WINDOW);
        _fails(ICourt.Settings(1, 1, 0, 1, 1), 0, 1, MAX_WINDOW);
        _fails(ICourt.Settings(1, 1, over, 1, 1), over, 1, MAX_WINDOW);
        _fails(ICourt.Settings(1, 1, 1, over, 1), over, 0, MAX_WINDOW);
        _fails(ICourt.Settings(1, 1, 1, 1, 0), 0, 1, MAX_WINDOW);
        _fails(ICourt.Settings(1, 1, 1, 1, over), over, 1, MAX_WINDOW);
    }

    function test_constructor_failsIfRandomnessHasNoCode() public {
        vm.expectRevert(abi.encodeWithSelector(ICourt.BadSettings.selector, 0, 1, type(uint256).max));
        new Court(ESCROW, address(0xDEAD), ICourt.Settings(1, 1, 1, 1, 1));
    }

    function _make(ICourt.Settings memory given) private returns (Court) {
        return new Court(ESCROW, address(_randomness), given);
    }

    function _fails(ICourt.Settings memory given, uint256 value, uint256 min, uint256 max) private {
        vm.expectRevert(abi.encodeWithSelector(ICourt.BadSettings.selector, value, min, max));
        _make(given);
    }
}
