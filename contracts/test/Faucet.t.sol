// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {DcnToken} from "../src/DcnToken.sol";
import {Faucet} from "../src/Faucet.sol";
import {IFaucet} from "../src/interfaces/IFaucet.sol";
import {Test} from "./base/Test.sol";
import {BurningReceiver, GreedyReceiver, PoorReceiver, RefusingReceiver, StuckToken} from "./mocks/Receivers.sol";

/// @title The faucet: who may call what, when, and what a hostile receiver or a stolen operator key can do.
contract FaucetTest is Test {
    uint256 private constant START = 1_800_000_000;
    uint256 private constant COIN = 0.1 ether;
    uint256 private constant TOKENS = 100 ether;
    uint256 private constant INTERVAL = 1 hours;
    uint256 private constant PER_DAY = 3;
    uint256 private constant DRIPS = 1_000;

    address private _owner = address(0x0E);
    address private _operator = address(0x0F);
    address private _alice = address(0xA11CE);
    DcnToken private _token;
    Faucet private _faucet;

    function setUp() public {
        vm.warp(START);
        _token = new DcnToken(address(this), 1e27);
        _faucet = new Faucet(address(_token), _owner, _operator, _settings());
        _fill(_faucet);
    }

    function _settings() private pure returns (IFaucet.Settings memory) {
        return IFaucet.Settings({coin: COIN, tokens: TOKENS, interval: INTERVAL, dripsPerDay: PER_DAY});
    }

    function _fill(Faucet faucet) private {
        (bool sent,) = address(faucet).call{value: DRIPS * COIN}("");
        assertTrue(sent && _token.transfer(address(faucet), DRIPS * TOKENS), "funded");
    }

    function _drip(address to, uint256 turn) private {
        vm.prank(_operator);
        _faucet.drip(to, turn);
    }

    function _fails(bytes memory reason, address to, uint256 turn) private {
        vm.expectRevert(reason);
        _drip(to, turn);
    }

    function _assertUntouched(address to) private view {
        (uint256 turn,) = _faucet.nextOf(to);
        assertEq(turn, 0, "turn");
        assertEq(_token.balanceOf(to), 0, "tokens");
        assertEq(_faucet.leftToday(), PER_DAY, "left today");
        assertEq(address(_faucet).balance, DRIPS * COIN, "coin of the faucet");
    }

    // ---- drip

    function test_drip_givesBoth() public {
        vm.expectEmit(address(_faucet));
        emit IFaucet.Dripped(_alice, 0, COIN, TOKENS);
        _drip(_alice, 0);
        assertEq(_alice.balance, COIN, "coin");
        assertEq(_token.balanceOf(_alice), TOKENS, "tokens");
        (uint256 turn, uint256 notBefore) = _faucet.nextOf(_alice);
        assertEq(turn, 1, "turn");
        assertEq(notBefore, START + INTERVAL, "not before");
        assertEq(_faucet.leftToday(), PER_DAY - 1, "left today");
    }

    function test_drip_failsIfNotOperator(address caller) public {
        vm.assume(caller != _operator);
        vm.expectRevert(abi.encodeWithSelector(IFaucet.NotOperator.selector, caller));
        vm.prank(caller);
        _faucet.drip(_alice, 0);
    }

    function test_drip_failsIfSentAgain() public {
        _drip(_alice, 0);
        vm.warp(START + INTERVAL);
        _fails(abi.encodeWithSelector(IFaucet.WrongTurn.selector, _alice, 1, 0), _alice, 0);
        _drip(_alice, 1);
        assertEq(_token.balanceOf(_alice), 2 * TOKENS, "tokens");
    }

    function test_drip_failsIfTooSoon(uint256 wait) public {
        wait = bound(wait, 0, 2 * INTERVAL);
        _drip(_alice, 0);
        vm.warp(START + wait);
        if (wait < INTERVAL) {
            _fails(abi.encodeWithSelector(IFaucet.TooSoon.selector, _alice, START + INTERVAL, START + wait), _alice, 1);
        } else {
            _drip(_alice, 1);
        }
    }

    function test_drip_failsIfDayIsSpent(uint256 days_) public {
        days_ = bound(days_, 1, 1_000);
        for (uint256 i = 0; i < PER_DAY; ++i) {
            _drip(address(uint160(0xB0B0 + i)), 0);
        }
        _fails(abi.encodeWithSelector(IFaucet.DaySpent.selector, PER_DAY), _alice, 0);
        // the last second of the day, then the first of another
        vm.warp((START / 1 days + 1) * 1 days - 1);
        _fails(abi.encodeWithSelector(IFaucet.DaySpent.selector, PER_DAY), _alice, 0);
        vm.warp((START / 1 days + days_) * 1 days);
        assertEq(_faucet.leftToday(), PER_DAY, "left today");
        _drip(_alice, 0);
    }

    function test_drip_failsIfDry() public {
        vm.prank(_owner);
        _faucet.withdraw(_owner, 0, DRIPS * TOKENS - TOKENS + 1);
        _fails(abi.encodeWithSelector(IFaucet.Dry.selector, DRIPS * COIN, TOKENS - 1), _alice, 0);
        assertTrue(_token.transfer(address(_faucet), 1), "funded");
        vm.prank(_owner);
        _faucet.withdraw(_owner, DRIPS * COIN - COIN + 1, 0);
        _fails(abi.encodeWithSelector(IFaucet.Dry.selector, COIN - 1, TOKENS), _alice, 0);
    }

    function test_drip_failsIfRecipientIsNobody() public {
        address[3] memory bad = [address(0), address(_faucet), address(_token)];
        for (uint256 i = 0; i < bad.length; ++i) {
            _fails(abi.encodeWithSelector(IFaucet.BadRecipient.selector, bad[i]), bad[i], 0);
        }
    }

    // ---- receivers

    function test_drip_givesNothingIfCoinIsRefused() public {
        address to = address(new RefusingReceiver());
        _fails(abi.encodeWithSelector(IFaucet.CoinRefused.selector, to), to, 0);
        _assertUntouched(to);
    }

    function test_drip_givesNothingIfTokenIsRefused() public {
        StuckToken stuck = new StuckToken();
        Faucet faucet = new Faucet(address(stuck), _owner, _operator, _settings());
        (bool sent,) = address(faucet).call{value: COIN}("");
        assertTrue(sent, "funded");
        vm.expectRevert(abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, stuck));
        vm.prank(_operator);
        faucet.drip(_alice, 0);
        assertEq(_alice.balance, 0, "coin");
    }

    /// @dev As operator and receiver in one, it still gets each turn once and no more than its interval allows.
    function test_drip_reentryGetsNothingMore() public {
        GreedyReceiver greedy = new GreedyReceiver();
        Faucet faucet = new Faucet(address(_token), _owner, address(greedy), _settings());
        _fill(faucet);
        greedy.go(faucet);
        assertTrue(greedy.tried(), "it tried");
        assertEq(_token.balanceOf(address(greedy)), TOKENS, "tokens");
        assertEq(address(greedy).balance, COIN, "coin");
    }

    function test_drip_receiverCannotSpendTheOperatorsGas() public {
        address to = address(new BurningReceiver());
        uint256 before = gasleft();
        _fails(abi.encodeWithSelector(IFaucet.CoinRefused.selector, to), to, 0);
        assertTrue(before - gasleft() < 200_000, "gas");
        _assertUntouched(to);
    }

    function test_drip_smartAccountCanTakeCoin() public {
        address to = address(new PoorReceiver());
        _drip(to, 0);
        assertEq(to.balance, COIN, "coin");
    }

    // ---- the owner

    function test_setOperator_movesThePower(address next) public {
        vm.assume(next != _operator);
        vm.expectEmit(address(_faucet));
        emit IFaucet.OperatorChanged(next);
        vm.prank(_owner);
        _faucet.setOperator(next);
        _fails(abi.encodeWithSelector(IFaucet.NotOperator.selector, _operator), _alice, 0);
        assertEq(_faucet.operator(), next, "operator");
    }

    function test_owner_failsIfAnybodyElse(address caller) public {
        vm.assume(caller != _owner);
        vm.expectRevert(abi.encodeWithSelector(IFaucet.NotOwner.selector, caller));
        vm.prank(caller);
        _faucet.setOperator(caller);
        vm.expectRevert(abi.encodeWithSelector(IFaucet.NotOwner.selector, caller));
        vm.prank(caller);
        _faucet.withdraw(caller, 1, 1);
    }

    function test_withdraw_takesAllOut() public {
        vm.expectEmit(address(_faucet));
        emit IFaucet.Withdrawn(_owner, DRIPS * COIN, DRIPS * TOKENS);
        vm.prank(_owner);
        _faucet.withdraw(_owner, DRIPS * COIN, DRIPS * TOKENS);
        assertEq(_owner.balance, DRIPS * COIN, "coin");
        assertEq(_token.balanceOf(_owner), DRIPS * TOKENS, "tokens");
        assertEq(address(_faucet).balance + _token.balanceOf(address(_faucet)), 0, "nothing left");
    }

    function test_withdraw_failsIfRecipientIsNobody() public {
        vm.expectRevert(abi.encodeWithSelector(IFaucet.BadRecipient.selector, address(0)));
        vm.prank(_owner);
        _faucet.withdraw(address(0), 1, 1);
        vm.expectRevert(abi.encodeWithSelector(IFaucet.CoinRefused.selector, _owner));
        vm.prank(_owner);
        _faucet.withdraw(_owner, DRIPS * COIN + 1, 0);
    }

    // ---- deployment

    function test_constructor_failsIfSettingsAreOutOfRange() public {
        _badSettings(IFaucet.Settings(0, 0, INTERVAL, PER_DAY), 0, 1, type(uint96).max);
        _badSettings(IFaucet.Settings(1 << 96, 0, INTERVAL, PER_DAY), 1 << 96, 0, type(uint96).max);
        _badSettings(IFaucet.Settings(COIN, 1 << 96, INTERVAL, PER_DAY), 1 << 96, 0, type(uint96).max);
        _badSettings(IFaucet.Settings(COIN, TOKENS, 0, PER_DAY), 0, 1, 365 days);
        _badSettings(IFaucet.Settings(COIN, TOKENS, 365 days + 1, PER_DAY), 365 days + 1, 1, 365 days);
        _badSettings(IFaucet.Settings(COIN, TOKENS, INTERVAL, 0), 0, 1, 1_000_000);
        _badSettings(IFaucet.Settings(COIN, TOKENS, INTERVAL, 1_000_001), 1_000_001, 1, 1_000_000);
        vm.expectRevert(abi.encodeWithSelector(IFaucet.BadRecipient.selector, _alice));
        new Faucet(_alice, _owner, _operator, _settings());
        vm.expectRevert(abi.encodeWithSelector(IFaucet.BadRecipient.selector, address(0)));
        new Faucet(address(_token), address(0), _operator, _settings());
    }

    function _badSettings(IFaucet.Settings memory s, uint256 value, uint256 min, uint256 max) private {
        vm.expectRevert(abi.encodeWithSelector(IFaucet.BadSettings.selector, value, min, max));
        new Faucet(address(_token), _owner, _operator, s);
    }

    function test_constructor_canGiveOneOfTheTwo() public {
        Faucet coins = new Faucet(address(_token), _owner, _operator, IFaucet.Settings(COIN, 0, INTERVAL, PER_DAY));
        Faucet tokens = new Faucet(address(_token), _owner, _operator, IFaucet.Settings(0, TOKENS, INTERVAL, PER_DAY));
        _fill(coins);
        _fill(tokens);
        vm.prank(_operator);
        coins.drip(_alice, 0);
        assertEq(_token.balanceOf(_alice), 0, "no tokens");
        vm.prank(_operator);
        tokens.drip(_alice, 0);
        assertEq(_token.balanceOf(_alice), TOKENS, "tokens");
        assertEq(_alice.balance, COIN, "coin");
    }

    // ---- a stolen operator key

    /// @dev Whatever it calls on whatever day: at most PER_DAY drips for each day, each of them whole.
    function test_drip_operatorTakesNoMoreThanTheDaysAllow(uint256 seed) public {
        uint256 day = 1;
        uint256 taken = 0;
        vm.warp(START - START % 1 days);
        for (uint256 i = 0; i < 40; ++i) {
            seed = uint256(keccak256(abi.encode(seed, i)));
            if (seed % 8 == 0) {
                ++day;
                vm.warp(block.timestamp + 1 days);
            }
            address to = address(uint160(0xC0C0 + seed % 5));
            (uint256 turn,) = _faucet.nextOf(to);
            vm.prank(_operator);
            try _faucet.drip(to, turn) {
                ++taken;
            } catch {}
            assertTrue(taken <= day * PER_DAY, "days");
            assertEq(address(_faucet).balance, (DRIPS - taken) * COIN, "coin");
            assertEq(_token.balanceOf(address(_faucet)), (DRIPS - taken) * TOKENS, "tokens");
        }
    }
}

/// @title Gas and size of the faucet.
/// forge-config: default.isolate = true
contract GasFaucetTest is Test {
    function test_gas_faucet() public {
        DcnToken token = new DcnToken(address(this), 1e27);
        Faucet faucet =
            new Faucet(address(token), address(this), address(this), IFaucet.Settings(1 ether, 1 ether, 1 hours, 100));
        (bool sent,) = address(faucet).call{value: 10 ether}("");
        assertTrue(sent && token.transfer(address(faucet), 10 ether), "funded");
        faucet.drip(address(0xA11CE), 0);
        faucet.drip(address(0xB0B), 0);
        vm.snapshotGasLastCall("Faucet", "drip, an account that has nothing");
        vm.warp(block.timestamp + 1 hours);
        faucet.drip(address(0xB0B), 1);
        vm.snapshotGasLastCall("Faucet", "drip, again");
        vm.snapshotValue("size", "Faucet, bytes of 24576", address(faucet).code.length);
    }

    receive() external payable {}
}
